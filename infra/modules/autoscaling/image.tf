# Which image of Amazon Linux, by what the instance types are.

data "aws_ec2_instance_type" "offered" {
  for_each = toset(concat([var.instance_type], try(var.spot.instance_types, [])))

  instance_type = each.value
}

locals {
  architectures = distinct([for type in data.aws_ec2_instance_type.offered : contains(type.supported_architectures, "arm64") ? "arm64" : "x86_64"])
  image_id      = var.image_id != null ? var.image_id : data.aws_ssm_parameter.amazon_linux[0].insecure_value
}

data "aws_ssm_parameter" "amazon_linux" {
  count = var.image_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${local.architectures[0]}"
}
