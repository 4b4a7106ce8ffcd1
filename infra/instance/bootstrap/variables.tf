variable "files" {
  type        = map(string)
  description = "Name => content: what lies in /opt/muster besides the scripts, byte for byte"
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.files) : can(regex("^[A-Za-z0-9][A-Za-z0-9._-]*$", name))])
    error_message = "files must have plain names: letters, digits and . _ -, no folders."
  }
}

variable "environment" {
  type        = map(string)
  description = "Name => value of the settings in .env; any text is taken literally"
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "environment must have names of capital letters, digits and _."
  }
}

variable "secret_parameters" {
  type        = map(string)
  description = "Setting => SSM parameter with its value, read at each start"
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, parameter in var.secret_parameters : can(regex("^[A-Z][A-Z0-9_]* (/[A-Za-z0-9_.-]+)+$", "${name} ${parameter}"))])
    error_message = "secret_parameters must lead from settings (SESSION_SECRET) to full paths of parameters (/muster/production/session-secret)."
  }
}

variable "gossip_key_parameter" {
  type        = string
  description = "SSM parameter with the key of Consul's gossip, read at each start"
  nullable    = false

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.gossip_key_parameter))
    error_message = "gossip_key_parameter must be the full path of a parameter, such as /muster/production/gossip-key."
  }
}

variable "images" {
  type        = map(string)
  description = "Setting => container image; for those of ECR, Docker gets tokens by itself"
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.images) : can(regex("^[A-Z][A-Z0-9_]*_IMAGE$", name))])
    error_message = "images must have names of settings, such as WEBAPP_IMAGE."
  }
}

# The checksums are those of the release, as the official docker:dind image has them too. 2.24 is the oldest that reads the
# files (`!override`).
variable "compose_plugin" {
  type = object({
    version = string
    url     = optional(string, "https://github.com/docker/compose/releases/download")
    sha256  = object({ x86_64 = string, aarch64 = string })
  })
  description = "Release of Docker Compose to install: URL/vVERSION/docker-compose-linux-ARCHITECTURE, with its checksums"
  default = {
    version = "2.40.3"
    sha256 = {
      x86_64  = "dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372"
      aarch64 = "d26373b19e89160546d15407516cc59f453030d9bc5b43ba7faf16f7b4980137"
    }
  }
  nullable = false

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+$", var.compose_plugin.version))
    error_message = "compose_plugin.version must be a version such as 2.40.3, without v."
  }

  validation {
    condition     = can(regex("^https?://[A-Za-z0-9._:/-]+$", var.compose_plugin.url))
    error_message = "compose_plugin.url must be an address of letters, digits and . _ : / -."
  }

  validation {
    condition     = alltrue([for sum in values(var.compose_plugin.sha256) : can(regex("^[0-9a-f]{64}$", sum))])
    error_message = "compose_plugin.sha256 must be 64 hexadecimal digits for each architecture."
  }
}

variable "first_boot_seconds" {
  type        = number
  description = "Seconds from the start of the user data until an instance without a healthy container powers itself off; null = never"
  default     = null
}
