# Validated by who calls this: modules/autoscaling.

variable "images" {
  type        = object({ webapp = string, ha = string, consul = string })
  description = "Names of the container images"
}

variable "members" {
  type        = number
  description = "Members on the instance"
}

variable "vpc_cidr" {
  type        = string
  description = "Where members may live"
}

variable "trusted_proxy_cidrs" {
  type        = list(string)
  description = "From where X-Forwarded-For is believed"
}

variable "retry_join" {
  type        = string
  description = "How the Consul agent finds the servers"
}

variable "lifecycle_hook_name" {
  type        = string
  description = "Its termination hook"
}

variable "gossip_key_parameter" {
  type        = string
  description = "SSM parameter with the key of Consul's gossip"
}

variable "secret_parameters" {
  type        = map(string)
  description = "Setting => SSM parameter"
  default     = {}
}

variable "environment" {
  type        = map(string)
  description = "Further settings of .env"
  default     = {}
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
