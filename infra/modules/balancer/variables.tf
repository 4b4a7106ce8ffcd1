variable "name" {
  type        = string
  description = "Name of the load balancer: lower-case letters, digits and hyphens, at most 28 characters"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,26}[a-z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "name must be 1 to 28 lower-case letters, digits and hyphens, start with a letter (but not with internal-) and not end with a hyphen."
  }
}

variable "vpc_id" {
  type        = string
  description = "VPC of the instances"
  nullable    = false
}

variable "subnet_ids" {
  type        = set(string)
  description = "Public subnets, one in each of two or more zones"
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must be two or more subnets in different zones: AWS makes no Application Load Balancer in one."
  }
}

variable "security_group_id" {
  type        = string
  description = "Group that lets clients in and reaches the instances"
  nullable    = false
}

variable "health_check_path" {
  type        = string
  description = "Path that an instance answers with 200 while it can serve; its own balancer answers it, not the app (MONITOR_PATH)"
  default     = "/healthz"
  nullable    = false

  validation {
    condition     = can(regex("^/[A-Za-z0-9/_.-]*$", var.health_check_path))
    error_message = "health_check_path must be a path such as /healthz."
  }

  # An ordinary drain makes it answer 503, and the group would replace the instance.
  validation {
    condition     = var.health_check_path != "/readyz"
    error_message = "health_check_path must not be /readyz: that one tells of one member, and the group would replace an instance that only redeploys."
  }
}

variable "deregistration_delay" {
  type        = number
  description = "Seconds in which open requests of an instance that leaves may end; the drain of its members comes after, so keep it short"
  default     = 60
  nullable    = false

  validation {
    condition     = var.deregistration_delay >= 0 && var.deregistration_delay <= 3600 && floor(var.deregistration_delay) == var.deregistration_delay
    error_message = "deregistration_delay must be whole seconds from 0 to 3600."
  }
}

variable "idle_timeout" {
  type        = number
  description = "Seconds after which a connection without traffic is closed; must be more than the app's longest silence"
  default     = 60
  nullable    = false

  validation {
    condition     = var.idle_timeout >= 1 && var.idle_timeout <= 4000 && floor(var.idle_timeout) == var.idle_timeout
    error_message = "idle_timeout must be whole seconds from 1 to 4000."
  }
}

variable "certificate_arn" {
  type        = string
  description = "Certificate in ACM, in this region: requests are then served by HTTPS, and plain ones redirected; null serves plain HTTP"
  default     = null

  validation {
    condition     = var.certificate_arn == null ? true : can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of a certificate in ACM (arn:aws:acm:REGION:ACCOUNT:certificate/ID), or null."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Whether AWS refuses to delete the load balancer, so that no destroy takes its name and addresses away by mistake"
  default     = true
  nullable    = false
}

variable "access_logs_bucket" {
  type        = string
  description = "S3 bucket that gets a line for each request, under the load balancer's name; its policy must let AWS write; null logs none"
  default     = null

  validation {
    condition     = var.access_logs_bucket == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_logs_bucket))
    error_message = "access_logs_bucket must be the name of a bucket, not its ARN or address, or null."
  }
}
