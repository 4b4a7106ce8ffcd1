# What runs on the instances.

variable "images" {
  type = object({
    webapp = string
    ha     = string
    consul = optional(string, "hashicorp/consul:1.22")
  })
  description = "Full names of the container images with tag or digest"
  nullable    = false

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("^[a-z0-9][A-Za-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})$", image))])
    error_message = "images must be full names with a tag or a digest, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/muster-webapp:1.4."
  }
}

variable "members_per_instance" {
  type        = number
  description = "Members on each instance: about one per vCPU"
  default     = 2
  nullable    = false

  validation {
    condition     = contains(range(1, 17), var.members_per_instance)
    error_message = "members_per_instance must be a whole number from 1 to 16: security groups open that many ports."
  }
}

variable "trusted_proxy_cidrs" {
  type        = list(string)
  description = "Where the load balancer's requests come from: from there X-Forwarded-For is believed"
  nullable    = false

  validation {
    condition     = length(var.trusted_proxy_cidrs) > 0 && alltrue([for cidr in var.trusted_proxy_cidrs : can(cidrnetmask(cidr)) && !endswith(cidr, "/0")])
    error_message = "trusted_proxy_cidrs must be IPv4 ranges such as 10.20.0.0/17, and not the whole internet."
  }
}

variable "retry_join" {
  type        = string
  description = "How the Consul agents find the servers: output of the module consul"
  nullable    = false

  validation {
    condition     = can(regex("^provider=[a-z]+( [a-z_]+=[^ ]+)*$", var.retry_join))
    error_message = "retry_join must be a cloud auto-join such as provider=aws tag_key=muster-consul tag_value=production."
  }
}

variable "gossip_key_parameter" {
  type        = string
  description = "SSM parameter (SecureString) with the key of Consul's gossip, as the servers have it"
  nullable    = false

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.gossip_key_parameter))
    error_message = "gossip_key_parameter must be the full path of a parameter, such as /muster/production/gossip-key."
  }
}

variable "secret_parameters" {
  type        = map(string)
  description = "Setting => SSM parameter (SecureString): SESSION_SECRET, STICKY_KEY, ADMIN_TOKEN, CONSUL_HTTP_TOKEN. Instances that share clients need the same ones"
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.secret_parameters) : contains(["ADMIN_TOKEN", "CONSUL_HTTP_TOKEN", "SESSION_SECRET", "STICKY_KEY"], name)])
    error_message = "secret_parameters may hold SESSION_SECRET, STICKY_KEY, ADMIN_TOKEN and CONSUL_HTTP_TOKEN; other settings belong into environment."
  }

  validation {
    condition     = alltrue([for parameter in values(var.secret_parameters) : can(regex("^(/[A-Za-z0-9_.-]+)+$", parameter))])
    error_message = "secret_parameters must be full paths of parameters, such as /muster/production/session-secret."
  }
}

variable "environment" {
  type        = map(string)
  description = "Further settings by their names in .env, such as BALANCE, ROUTING or LOG_LEVEL; any text is taken literally. No secrets: they would be in the state"
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "environment must have names of capital letters, digits and _."
  }

  validation {
    condition     = !anytrue([for name in keys(var.environment) : can(regex("(SECRET|TOKEN|PASSWORD|STICKY_KEY)", name))])
    error_message = "environment must not hold secrets: it is in the state and in the user data. Put them into SSM, and their names into secret_parameters."
  }

  validation {
    condition = length(setintersection(keys(var.environment), [
      "BALANCER_ID", "COMPOSE_FILE", "COMPOSE_PROFILES", "CONSUL_IMAGE", "HA_IMAGE", "INSTANCE_ID", "LIFECYCLE_HOOK",
      "LOCAL_ADDRESS", "MEMBER_ADDRESS", "MEMBER_CIDRS", "MEMBER_ID", "PORT", "PUBLIC_PORT", "RETRY_JOIN", "TRUSTED_PROXIES",
      "WEBAPP_IMAGE",
    ])) == 0
    error_message = "environment must not set what this module sets by its other variables (images, vpc_cidr, trusted_proxy_cidrs, retry_join) or per instance (addresses, ids, ports)."
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
