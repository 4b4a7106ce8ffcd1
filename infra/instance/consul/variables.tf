# Validated by who calls this: modules/consul.

variable "servers" {
  type        = number
  description = "Servers of the cluster"
}

variable "consul_image" {
  type        = string
  description = "Container image of Consul"
}

variable "retry_join" {
  type        = string
  description = "How the servers find each other"
}

variable "gossip_key_parameter" {
  type        = string
  description = "SSM parameter with the key of Consul's gossip"
}

variable "compose_plugin" {
  type = object({
    version = string
    url     = optional(string)
    sha256  = object({ x86_64 = string, aarch64 = string })
  })
  description = "Release of Docker Compose; null = the one that bootstrap names"
  default     = null
}

variable "first_boot_seconds" {
  type        = number
  description = "Seconds after which a server that is not healthy ends its first boot by powering itself off"
}
