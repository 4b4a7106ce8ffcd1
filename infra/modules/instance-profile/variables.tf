variable "name" {
  type        = string
  description = "Name of the role, its policy and the instance profile: letters, digits and hyphens, at most 64 characters"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits and hyphens."
  }
}

variable "autoscaling_group_names" {
  type        = set(string)
  description = "Groups whose termination hook the instances may hold and complete. By name: the group needs this profile before it exists"
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.autoscaling_group_names : can(regex("^[A-Za-z0-9-]+$", name))])
    error_message = "autoscaling_group_names must be made of letters, digits and hyphens: a * in one would open other groups."
  }
}

variable "ssm_parameter_names" {
  type        = set(string)
  description = "Parameters that the instances may read, as full paths (/muster/production/gossip-key)"
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.ssm_parameter_names : can(regex("^(/[A-Za-z0-9_.-]+)+$", name))])
    error_message = "ssm_parameter_names must be full paths such as /muster/production/gossip-key, without * or ?."
  }
}

variable "ecr_repository_arns" {
  type        = set(string)
  description = "ECR repositories that the images are pulled from; empty where the registry is another one"
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.ecr_repository_arns : can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9][a-z0-9._/-]*\\*?$", arn))])
    error_message = "ecr_repository_arns must be ARNs of repositories (arn:aws:ecr:REGION:ACCOUNT:repository/NAME); only the end of a name may be a *."
  }
}
