variable "name" {
  type        = string
  description = "Prefix of all names: lower-case letters, digits and hyphens, at most 28 characters"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$", var.name))
    error_message = "name must be 1 to 28 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }
}

variable "vpc_id" {
  type        = string
  description = "VPC of the groups"
  nullable    = false
}

variable "ingress_cidrs" {
  type        = set(string)
  description = "Who may reach the load balancer; 0.0.0.0/0 is the whole internet"
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.ingress_cidrs) > 0 && alltrue([for cidr in var.ingress_cidrs : can(cidrnetmask(cidr))])
    error_message = "ingress_cidrs must be one or more IPv4 ranges, for example 0.0.0.0/0 or 203.0.113.0/24."
  }

  validation {
    condition     = alltrue([for cidr in var.ingress_cidrs : try(cidrhost(cidr, 0) == split("/", cidr)[0], true)])
    error_message = "ingress_cidrs must be written by their first address (203.0.113.0/24, not 203.0.113.7/24): AWS stores them so, and every plan would show a change."
  }
}

variable "public_ports" {
  type        = set(number)
  description = "Ports of the load balancer that are open to ingress_cidrs"
  default     = [80]
  nullable    = false

  validation {
    condition     = length(var.public_ports) > 0 && alltrue([for port in var.public_ports : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "public_ports must be one or more ports from 1 to 65535."
  }

  validation {
    condition     = !contains(var.public_ports, 22)
    error_message = "public_ports must not open SSH: instances are reached by SSM Session Manager."
  }
}

variable "member_ports" {
  type        = object({ from = number, to = number })
  description = "Ports of the members on each instance, open to the balancers of the other instances"
  default     = { from = 18081, to = 18099 }
  nullable    = false

  validation {
    condition     = var.member_ports.from >= 1024 && var.member_ports.from <= var.member_ports.to && var.member_ports.to <= 65535
    error_message = "member_ports must go from a port above 1023 to the same or a higher one."
  }

  # Consul's ports must not open to all instances by the way.
  validation {
    condition     = var.member_ports.to < 8300 || var.member_ports.from > 8600
    error_message = "member_ports must leave out 8300 to 8600, which are Consul's."
  }
}

variable "egress_ports" {
  type        = set(number)
  description = "TCP ports anywhere that instances may reach; 443 is needed for packages, images and AWS; add what your app calls, for example 5432"
  default     = [443]
  nullable    = false

  validation {
    condition     = contains(var.egress_ports, 443) && alltrue([for port in var.egress_ports : port >= 1 && port <= 65535 && floor(port) == port])
    error_message = "egress_ports must be ports from 1 to 65535 and hold 443, without which an instance cannot install anything."
  }
}
