# ---- images ------------------------------------------------------------------------------------------------------------

variable "image_registry" {
  type        = string
  description = "Where instances pull muster-webapp and muster-ha from: HOST or HOST/PREFIX, without a slash at the end. From ECR by permission, else without a login"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9._-]+)*$", var.image_registry))
    error_message = "image_registry must be HOST or HOST/PREFIX, for example ghcr.io/acme, without https:// and without a slash at the end."
  }
}

variable "image_tag" {
  type        = string
  description = "Tag of muster-webapp; muster-ha has the same with -haproxy or -nginx behind it. A new tag is how a new version rolls out"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}$", var.image_tag))
    error_message = "image_tag must be a tag: letters, digits and _ . -, not starting with . or -."
  }

  validation {
    condition     = var.image_tag != "latest"
    error_message = "image_tag must not be latest: instances of one group would run what was latest when each of them started."
  }
}

variable "image_digests" {
  type = object({
    webapp = optional(string)
    ha     = optional(string)
  })
  description = "Digests (sha256:...) to pin the two images by, where the registry lets a tag be moved"
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for digest in values(var.image_digests) : digest == null || can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "image_digests must be sha256: and 64 hexadecimal digits."
  }
}

variable "balancer" {
  type        = string
  description = "Balancer on each instance: haproxy or nginx"
  default     = "haproxy"
  nullable    = false

  validation {
    condition     = contains(["haproxy", "nginx"], var.balancer)
    error_message = "balancer must be haproxy or nginx."
  }
}

variable "consul_image" {
  type        = string
  description = "Image of Consul, on servers and instances, with tag or digest: a tag may come to mean another build, a digest (NAME@sha256:...) pins it"
  default     = "hashicorp/consul:1.22"
  nullable    = false

  validation {
    condition     = can(regex(":[A-Za-z0-9_.-]+$|@sha256:[0-9a-f]{64}$", var.consul_image))
    error_message = "consul_image must have a tag or a digest, for example hashicorp/consul:1.22."
  }
}

variable "compose_plugin" {
  type = object({
    version = string
    url     = optional(string)
    sha256  = object({ x86_64 = string, aarch64 = string })
  })
  description = "Release of Docker Compose that instances and servers install, from URL/vVERSION/docker-compose-linux-ARCHITECTURE, with its checksums; null = a pinned one from GitHub"
  default     = null

  validation {
    condition     = var.compose_plugin == null ? true : alltrue([for sum in values(var.compose_plugin.sha256) : can(regex("^[0-9a-f]{64}$", sum))])
    error_message = "compose_plugin.sha256 must be 64 hexadecimal digits for each architecture."
  }
}

# ---- instances ---------------------------------------------------------------------------------------------------------

variable "instance_type" {
  type        = string
  description = "Type of the instances; t4g and other g types are arm64: the images must be built for it"
  default     = "t4g.small"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", var.instance_type))
    error_message = "instance_type must be named as AWS does, for example t4g.small."
  }
}

variable "image_id" {
  type        = string
  description = "Image of Amazon Linux 2023 to stay on, for instances and Consul servers of one architecture; null = its newest when applied, which replaces the instances whenever AWS has a new one. Consul servers stay on the one they began with"
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be an image of EC2 (ami-...) or null."
  }
}

variable "root_volume_size" {
  type        = number
  description = "Disk of an instance, GiB; encrypted gp3. Images and logs need room"
  default     = 20
  nullable    = false
}

variable "members_per_instance" {
  type        = number
  description = "Members on each instance: about one per vCPU"
  default     = 2
  nullable    = false

  validation {
    condition     = var.members_per_instance >= 1
    error_message = "members_per_instance must be 1 or more."
  }
}

variable "settings" {
  type        = map(string)
  description = "Settings of Muster by their names in .env, such as BALANCE, ROUTING or LOG_LEVEL. No secrets: they would be in the state"
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "settings must have names of capital letters, digits and _."
  }
}

variable "spot" {
  type = object({
    instance_types                           = list(string)
    on_demand_base_capacity                  = optional(number, 0)
    on_demand_percentage_above_base_capacity = optional(number, 0)
    max_price                                = optional(string)
  })
  description = "Spot instances of these types (one architecture), best three or more, with so many on demand below them; null = on demand only"
  default     = null

  validation {
    condition     = length(try(var.spot.instance_types, [0])) > 0
    error_message = "spot.instance_types must not be empty."
  }
}

# ---- scaling and draining ------------------------------------------------------------------------------------------------

variable "min_size" {
  type        = number
  description = "Fewest instances; two or more survive the loss of a zone"
  nullable    = false

  validation {
    condition     = var.min_size >= 1
    error_message = "min_size must be 1 or more: an empty group measures no CPU and never grows again."
  }
}

variable "max_size" {
  type        = number
  description = "Most instances"
  nullable    = false

  validation {
    condition     = var.max_size >= var.min_size
    error_message = "max_size must not be below min_size."
  }
}

variable "scale_up_cpu" {
  type        = number
  description = "Average CPU, percent, above which an instance is added"
  default     = 80
  nullable    = false

  validation {
    condition     = var.scale_up_cpu > 0 && var.scale_up_cpu <= 100
    error_message = "scale_up_cpu must be above 0 and at most 100 percent."
  }
}

variable "scale_down_cpu" {
  type        = number
  description = "Average CPU, percent, below which an instance is taken"
  default     = 5
  nullable    = false

  validation {
    condition     = var.scale_down_cpu > 0 && var.scale_down_cpu < var.scale_up_cpu
    error_message = "scale_down_cpu must be above 0 and below scale_up_cpu."
  }
}

variable "target_cpu" {
  type        = number
  description = "Average CPU, percent, to keep by adding instances as needed (target tracking), beside the two alarms; null = the alarms alone"
  default     = null

  validation {
    condition     = var.target_cpu == null ? true : var.target_cpu > 0 && var.target_cpu <= 100
    error_message = "target_cpu must be above 0 and at most 100 percent, or null."
  }
}

variable "drain_timeout" {
  type        = number
  description = "Seconds that EC2 waits for a sign of the draining instance before it ends it; the agent gives one while members drain, each up to DRAIN_TIMEOUT_MS"
  default     = 300
  nullable    = false

  validation {
    condition     = var.drain_timeout >= 30 && var.drain_timeout <= 7200
    error_message = "drain_timeout must be from 30 to 7200 seconds: AWS takes nothing else."
  }
}

variable "health_check_grace_period" {
  type        = number
  description = "Seconds from the launch of an instance until a failed health check replaces it; too low and no instance ever gets ready"
  default     = 300
  nullable    = false
}

# ---- Consul ------------------------------------------------------------------------------------------------------------

variable "consul_servers" {
  type        = number
  description = "Consul servers: 1 (no survivor), 3 (survives the loss of one) or 5 (of two)"
  default     = 3
  nullable    = false

  validation {
    condition     = contains([1, 3, 5], var.consul_servers)
    error_message = "consul_servers must be 1, 3 or 5."
  }
}

variable "consul_instance_type" {
  type        = string
  description = "Type of the Consul servers"
  default     = "t4g.small"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", var.consul_instance_type))
    error_message = "consul_instance_type must be named as AWS does, for example t4g.small."
  }
}

# ---- secrets -----------------------------------------------------------------------------------------------------------

variable "secret_parameters" {
  type = object({
    gossip_key        = optional(string)
    session_secret    = optional(string)
    sticky_key        = optional(string)
    admin_token       = optional(string)
    consul_http_token = optional(string)
  })
  description = "SSM parameters (SecureString, with AWS's key for SSM) of your own that hold these secrets; Terraform makes those that are not named, but for the two tokens: without a parameter there is none"
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in values(var.secret_parameters) : name == null || can(regex("^(/[A-Za-z0-9_.-]+)+$", name))])
    error_message = "secret_parameters must be full paths of parameters, such as /muster/production/gossip-key."
  }
}

variable "secret_versions" {
  type = object({
    gossip_key     = optional(number, 1)
    session_secret = optional(number, 1)
    sticky_key     = optional(number, 1)
  })
  description = "A higher number makes a new secret. Instances read it when they start: replace them. Never raise gossip_key in a running cluster: it would split"
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for version in values(var.secret_versions) : version >= 1 && floor(version) == version])
    error_message = "secret_versions must be whole numbers from 1."
  }
}
