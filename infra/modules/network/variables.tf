variable "name" {
  type        = string
  description = "Prefix of all names: lower-case letters, digits and hyphens, at most 28 characters"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 28 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }
}

variable "cidr" {
  type        = string
  description = "Address range of the VPC, from /16 to /22: each of the 16 possible subnets gets a sixteenth of it"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 22, false)
    error_message = "cidr must be an IPv4 range from /16 to /22, for example 10.20.0.0/16."
  }

  validation {
    condition     = try(cidrhost(var.cidr, 0) == split("/", var.cidr)[0], false)
    error_message = "cidr must be the first address of its range: no bits may be set behind the prefix."
  }

  # On an instance such an address would lead to Docker's bridge, not to the VPC.
  validation {
    condition     = !can(regex("^(172\\.(1[7-9]|2[0-9]|3[01])|192\\.168)\\.", var.cidr))
    error_message = "cidr must not lie in 172.17.0.0 to 172.31.255.255 or in 192.168.0.0/16: Docker on the instances takes its networks from there."
  }
}

variable "availability_zones" {
  type        = map(number)
  description = "Zones to use, each with a slot from 0 to 7 that fixes its subnets' addresses; never change the slot of a zone in use, and give a new zone the next higher one"
  nullable    = false

  validation {
    condition     = length(var.availability_zones) >= 2
    error_message = "availability_zones must name at least two zones: the load balancer needs them, and so does surviving the loss of one."
  }

  validation {
    condition     = alltrue([for slot in values(var.availability_zones) : contains(range(8), slot)])
    error_message = "availability_zones must give each zone a whole number from 0 to 7 as its slot."
  }

  validation {
    condition     = length(distinct(values(var.availability_zones))) == length(var.availability_zones)
    error_message = "availability_zones must give each zone a slot of its own: two zones with one slot would share addresses."
  }

  validation {
    condition     = alltrue([for zone in keys(var.availability_zones) : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", zone))])
    error_message = "availability_zones must be named as AWS does, for example eu-central-1a."
  }
}

variable "nat_mode" {
  type        = string
  description = "NAT gateways: per_az (a zone's loss stops that zone only), single (one, in the zone with the lowest slot: cheaper) or none (private subnets reach no other network)"
  default     = "per_az"
  nullable    = false

  validation {
    condition     = contains(["per_az", "single", "none"], var.nat_mode)
    error_message = "nat_mode must be per_az, single or none."
  }
}

variable "interface_endpoints" {
  type        = set(string)
  description = "AWS services to reach without NAT, by their short names (ssm, ecr.api, ...); each costs about 7 $ per month and zone"
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z][a-z0-9.-]*$", service)) && service != "s3"])
    error_message = "interface_endpoints must be short names of services, for example ssm or ecr.api; s3 is always there, as a gateway endpoint without cost."
  }
}

variable "flow_log_retention_days" {
  type        = number
  description = "Days to keep a log of all connections in CloudWatch Logs; null logs none"
  default     = null

  validation {
    condition     = var.flow_log_retention_days == null ? true : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.flow_log_retention_days)
    error_message = "flow_log_retention_days must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731 (CloudWatch Logs knows no others), or null."
  }
}
