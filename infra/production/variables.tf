# ---- which cluster, and where ------------------------------------------------------------------------------------------

variable "project" {
  type        = string
  description = "First part of all names, and the tag Project"
  default     = "muster"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$", var.project))
    error_message = "project must be 1 to 10 lower-case letters, digits and hyphens, start with a letter and not end with a hyphen."
  }
}

variable "environment" {
  type        = string
  description = "Second part of all names, and the tag Environment; Consul servers of one environment find each other by it"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{1,10}$", var.environment))
    error_message = "environment must be 1 to 10 lower-case letters and digits."
  }
}

variable "region" {
  type        = string
  description = "AWS region"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be named as AWS does, for example eu-central-1."
  }
}

variable "tags" {
  type        = map(string)
  description = "Further tags of everything, also of instances and their disks"
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.tags), ["Project", "Environment", "ManagedBy", "Name"])) == 0
    error_message = "tags must not hold Project, Environment, ManagedBy or Name: these are set already."
  }
}

# ---- network -----------------------------------------------------------------------------------------------------------

variable "cidr" {
  type        = string
  description = "Address range of the VPC, from /16 to /22, another one in each environment; it cannot be changed later"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr))
    error_message = "cidr must be an IPv4 range, for example 10.20.0.0/16."
  }
}

variable "availability_zones" {
  type        = map(number)
  description = "Zones to use, each with a slot from 0 to 7 that fixes its subnets' addresses; never change the slot of a zone in use, and give a new zone the next higher one"
  nullable    = false

  validation {
    condition     = alltrue([for zone in keys(var.availability_zones) : startswith(zone, var.region)])
    error_message = "availability_zones must lie in the region."
  }
}

variable "nat_mode" {
  type        = string
  description = "NAT gateways: per_az (a zone's loss stops that zone only), single (cheaper) or none (needs interface_endpoints, all images in ECR, consul_image too, and compose_plugin in a bucket)"
  default     = "per_az"
  nullable    = false

  validation {
    condition     = contains(["per_az", "single", "none"], var.nat_mode)
    error_message = "nat_mode must be per_az, single or none."
  }

  validation {
    condition     = var.nat_mode != "none" || length(setsubtract(["autoscaling", "ec2", "ecr.api", "ecr.dkr", "ssm", "ssmmessages"], var.interface_endpoints)) == 0
    error_message = "nat_mode none needs the interface_endpoints autoscaling, ec2, ecr.api, ecr.dkr, ssm and ssmmessages: there is no other way to AWS."
  }
}

variable "interface_endpoints" {
  type        = set(string)
  description = "AWS services to reach without NAT, by their short names (ssm, ecr.api, ...); each costs about 7 $ per month and zone"
  default     = []
  nullable    = false

  validation {
    condition     = !contains(var.interface_endpoints, "s3")
    error_message = "interface_endpoints must not hold s3, which is always there, as a gateway endpoint without cost."
  }
}

variable "flow_log_retention_days" {
  type        = number
  description = "Days to keep a log of all connections in CloudWatch Logs; null logs none"
  default     = null

  validation {
    condition     = var.flow_log_retention_days == null ? true : var.flow_log_retention_days >= 1
    error_message = "flow_log_retention_days must be 1 or more, or null."
  }
}

variable "egress_ports" {
  type        = set(number)
  description = "TCP ports anywhere that instances may reach; 443 is needed for packages, images and AWS; add what your app calls, for example 5432"
  default     = [443]
  nullable    = false

  validation {
    condition     = contains(var.egress_ports, 443)
    error_message = "egress_ports must hold 443, without which an instance cannot install anything."
  }
}

# ---- load balancer -----------------------------------------------------------------------------------------------------

variable "ingress_cidrs" {
  type        = set(string)
  description = "Who may reach the load balancer; 0.0.0.0/0 is the whole internet"
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = length(var.ingress_cidrs) > 0
    error_message = "ingress_cidrs must name at least one range, or nobody gets in."
  }
}

variable "certificate_arn" {
  type        = string
  description = "Certificate in ACM, in this region: requests are then served by HTTPS, and plain ones redirected; null serves plain HTTP"
  default     = null

  validation {
    condition     = var.certificate_arn == null ? true : can(regex(":acm:${var.region}:", var.certificate_arn))
    error_message = "certificate_arn must be a certificate in ACM in the region of the load balancer."
  }
}

variable "deregistration_delay" {
  type        = number
  description = "Seconds in which open requests of an instance that leaves may end; the drain of its members comes after, so keep it short"
  default     = 60
  nullable    = false

  validation {
    condition     = var.deregistration_delay >= 0 && var.deregistration_delay <= 3600
    error_message = "deregistration_delay must be from 0 to 3600 seconds."
  }
}

variable "idle_timeout" {
  type        = number
  description = "Seconds after which the load balancer closes a connection without traffic; must be more than the app's longest silence. Instances keep theirs longer; above 30 raise TIMEOUT_CLIENT and TIMEOUT_SERVER too, in settings"
  default     = 60
  nullable    = false
}

variable "deletion_protection" {
  type        = bool
  description = "Whether AWS refuses to delete the load balancer; set it to false, and apply, before a destroy"
  default     = true
  nullable    = false
}

variable "access_logs_bucket" {
  type        = string
  description = "S3 bucket that gets a line for each request; its policy must let AWS write; null logs none"
  default     = null

  validation {
    condition     = var.access_logs_bucket == null ? true : !strcontains(var.access_logs_bucket, ":")
    error_message = "access_logs_bucket must be the name of a bucket, not its ARN or address, or null."
  }
}
