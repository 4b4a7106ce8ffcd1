variable "name" {
  type        = string
  description = "Name of the group and its launch template: 3 to 28 lower-case letters, digits and hyphens"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 28 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }
}

variable "servers" {
  type        = number
  description = "Servers: 1 (no survivor), 3 (survives the loss of one) or 5 (of two)"
  default     = 3
  nullable    = false

  validation {
    condition     = contains([1, 3, 5], var.servers)
    error_message = "servers must be 1, 3 or 5: an even number survives no more losses than one less."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets; the servers spread over their zones"
  nullable    = false

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "subnet_ids must be at least two subnets: servers in one zone die with it."
  }
}

variable "security_group_ids" {
  type        = list(string)
  description = "Security groups of the servers: agents and servers need TCP 8300, and TCP and UDP 8301, of each other"
  nullable    = false
}

variable "instance_profile_name" {
  type        = string
  description = "What the servers may do: an instance profile of the module instance-profile, without groups"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", var.instance_profile_name))
    error_message = "instance_profile_name must be the name of an instance profile, not its ARN."
  }
}

variable "instance_type" {
  type        = string
  description = "Instance type"
  default     = "t4g.small"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "instance_type must be a type of EC2, such as t4g.small."
  }
}

variable "image_id" {
  type        = string
  description = "Image of Amazon Linux 2023 to start with; null = the newest. Read when the launch template is made: servers stay on that image"
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be an image of EC2 (ami-…) or null."
  }
}

variable "consul_image" {
  type        = string
  description = "Container image of Consul, with tag or digest: a tag may come to mean another build, so that two servers differ; a digest (NAME@sha256:...) pins it"
  default     = "hashicorp/consul:1.22"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][A-Za-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", var.consul_image))
    error_message = "consul_image must be a name with a tag or a digest, such as hashicorp/consul:1.22."
  }
}

variable "join_tag_value" {
  type        = string
  description = "Its value: another one for each cluster of the account, or their servers would join each other"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_.:-]{1,256}$", var.join_tag_value))
    error_message = "join_tag_value must be 1 to 256 letters, digits and _ . : -."
  }
}

variable "gossip_key_parameter" {
  type        = string
  description = "SSM parameter (SecureString) with the key of Consul's gossip, made with consul keygen"
  nullable    = false

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.gossip_key_parameter))
    error_message = "gossip_key_parameter must be the full path of a parameter, such as /muster/production/gossip-key."
  }
}

variable "compose_plugin" {
  type = object({
    version = string
    url     = optional(string)
    sha256  = object({ x86_64 = string, aarch64 = string })
  })
  description = "Release of Docker Compose to install, with its checksums; null = the one that infra/instance/bootstrap names"
  default     = null

  validation {
    condition     = var.compose_plugin == null || alltrue([for sum in values(try(var.compose_plugin.sha256, {})) : can(regex("^[0-9a-f]{64}$", sum))])
    error_message = "compose_plugin.sha256 must be 64 hexadecimal digits for each architecture: what is downloaded is run as root."
  }
}
