variable "name" {
  type        = string
  description = "Name of the group, its launch template, hook and alarms: 3 to 28 lower-case letters, digits and hyphens"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 28 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }
}

# ---- where -------------------------------------------------------------------------------------------------------------

variable "vpc_cidr" {
  type        = string
  description = "Address range of the VPC: members outside it are refused"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range such as 10.20.0.0/16."
  }

  # On an instance such an address would lead to Docker's bridge, not to the VPC.
  validation {
    condition     = !can(regex("^(172\\.(1[7-9]|2[0-9]|3[01])|192\\.168)\\.", var.vpc_cidr))
    error_message = "vpc_cidr must not lie in 172.17.0.0 to 172.31.255.255 or in 192.168.0.0/16: Docker on the instances takes its networks from there."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "Private subnets of at least two zones; the group spreads over them evenly"
  nullable    = false

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "subnet_ids must be at least two subnets: a group in one zone dies with it."
  }
}

variable "security_group_ids" {
  type        = list(string)
  description = "Security groups of the instances"
  nullable    = false
}

variable "target_group_arns" {
  type        = list(string)
  description = "Target groups of the load balancer; their health checks decide about an instance"
  nullable    = false
}

variable "instance_profile_name" {
  type        = string
  description = "What the instances may do: an instance profile of the module instance-profile"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,128}$", var.instance_profile_name))
    error_message = "instance_profile_name must be the name of an instance profile, not its ARN."
  }
}

# ---- machines ----------------------------------------------------------------------------------------------------------

variable "instance_type" {
  type        = string
  description = "Instance type; the images must be built for its architecture"
  default     = "t4g.small"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "instance_type must be a type of EC2, such as t4g.small."
  }
}

variable "image_id" {
  type        = string
  description = "Image of Amazon Linux 2023 to stay on; null = its newest when applied, which replaces the instances whenever AWS has a new one"
  default     = null

  validation {
    condition     = var.image_id == null || can(regex("^ami-[0-9a-f]+$", var.image_id))
    error_message = "image_id must be an image of EC2 (ami-…) or null."
  }
}

variable "root_volume_size" {
  type        = number
  description = "Disk of an instance, GiB; encrypted gp3. Images and logs need room"
  default     = 20
  nullable    = false

  validation {
    condition     = var.root_volume_size >= 8 && var.root_volume_size <= 1024 && floor(var.root_volume_size) == var.root_volume_size
    error_message = "root_volume_size must be a whole number of GiB from 8 (the image needs that much) to 1024."
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
    condition     = var.spot == null || length(distinct(try(var.spot.instance_types, []))) >= 2
    error_message = "spot.instance_types must name at least two types: with one, a shortage of it takes all instances at once."
  }

  validation {
    condition     = try(var.spot.on_demand_base_capacity, 0) >= 0
    error_message = "spot.on_demand_base_capacity must be 0 or more."
  }

  validation {
    condition     = try(var.spot.on_demand_percentage_above_base_capacity, 0) >= 0 && try(var.spot.on_demand_percentage_above_base_capacity, 0) <= 100
    error_message = "spot.on_demand_percentage_above_base_capacity must be from 0 to 100."
  }
}

# ---- how many ------------------------------------------------------------------------------------------------------------

variable "min_size" {
  type        = number
  description = "Fewest instances; two or more survive the loss of a zone"
  nullable    = false

  validation {
    condition     = var.min_size >= 1 && floor(var.min_size) == var.min_size
    error_message = "min_size must be a whole number of 1 or more: an empty group measures no CPU and never grows again."
  }
}

variable "max_size" {
  type        = number
  description = "Most instances"
  nullable    = false

  validation {
    condition     = var.max_size >= var.min_size && floor(var.max_size) == var.max_size
    error_message = "max_size must be a whole number, not below min_size."
  }
}

variable "scale_up_cpu" {
  type        = number
  description = "Average CPU, percent, above which an instance is added after 2 minutes"
  default     = 80
  nullable    = false

  validation {
    condition     = var.scale_up_cpu > 0 && var.scale_up_cpu <= 100
    error_message = "scale_up_cpu must be above 0 and at most 100 percent."
  }
}

variable "scale_down_cpu" {
  type        = number
  description = "Average CPU, percent, below which an instance is taken after 5 minutes"
  default     = 5
  nullable    = false

  validation {
    condition     = var.scale_down_cpu > 0 && var.scale_down_cpu * 2 <= var.scale_up_cpu
    error_message = "scale_down_cpu must be above 0 and at most half of scale_up_cpu: else the load of an instance taken makes the rest add one again."
  }
}

variable "target_cpu" {
  type        = number
  description = "Average CPU, percent, to keep by adding instances as needed (target tracking), beside the two alarms; null = the alarms alone. Taking instances stays with scale_down_cpu"
  default     = null

  validation {
    condition     = var.target_cpu == null || try(var.target_cpu > var.scale_down_cpu && var.target_cpu <= var.scale_up_cpu, false)
    error_message = "target_cpu must lie above scale_down_cpu and not above scale_up_cpu."
  }
}

variable "health_check_grace_period" {
  type        = number
  description = "Seconds from the launch of an instance until a failed health check replaces it; too low and no instance ever gets ready"
  default     = 300
  nullable    = false

  validation {
    condition     = var.health_check_grace_period >= 60 && var.health_check_grace_period <= 3600
    error_message = "health_check_grace_period must be from 60 to 3600 seconds."
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
