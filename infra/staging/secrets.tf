# Made once and written to SSM without passing through the state or a plan: the values are ephemeral, and only a higher
# version in secret_versions writes new ones.

locals {
  # Secret => its parameter, where nobody brought one along. Those without a version are tokens: what they open is not made here.
  made = {
    for name, parameter in var.secret_parameters : name => "/${var.project}/${var.environment}/${replace(name, "_", "-")}"
    if parameter == null && contains(keys(var.secret_versions), name)
  }
  secret_names = merge({ for name, parameter in var.secret_parameters : name => parameter if parameter != null }, local.made)

  # The same, but known only when the parameters are there to be read.
  secrets = merge(local.secret_names, { for name, parameter in aws_ssm_parameter.secret : name => parameter.name })
}

ephemeral "aws_secretsmanager_random_password" "secret" {
  for_each = local.made

  password_length     = 32
  exclude_punctuation = true
}

resource "aws_ssm_parameter" "secret" {
  for_each = local.made

  name        = each.value
  description = "Made by Terraform, read by instances at each start"
  type        = "SecureString"

  # Consul wants its key as base64 of 32 bytes; to the others it is a word like any.
  value_wo         = base64encode(ephemeral.aws_secretsmanager_random_password.secret[each.key].random_password)
  value_wo_version = var.secret_versions[each.key]
}
