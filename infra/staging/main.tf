# The same files in production and in staging; the values stand in terraform.tfvars. Values are judged by the modules that
# they are for, and here where no module does.

locals {
  name        = "${var.project}-${var.environment}"
  consul_name = "${local.name}-consul"

  settings = merge({
    # The load balancer ends idle connections, not the instance: a request on one that it just closed would get a 502. Nor are
    # they cut when a balancer's process is followed by a new one.
    TIMEOUT_KEEPALIVE = "${var.idle_timeout + 5}s"
    HARD_STOP_AFTER   = "${var.idle_timeout + 20}s"
    # On NGINX a drain lasts as long as idle connections may, and on both as long as the longest request that shall be answered.
    DRAIN_TIMEOUT_MS = tostring((var.idle_timeout + 30) * 1000)
    # Counts from before the deregistration.
    INSTANCE_LEAVE_TIMEOUT_MS = tostring((var.deregistration_delay + 300) * 1000)
  }, var.settings)
}

module "network" {
  source = "../modules/network"

  name                    = local.name
  cidr                    = var.cidr
  availability_zones      = var.availability_zones
  nat_mode                = var.nat_mode
  interface_endpoints     = var.interface_endpoints
  flow_log_retention_days = var.flow_log_retention_days
}

module "security" {
  source = "../modules/security"

  name          = local.name
  vpc_id        = module.network.vpc_id
  ingress_cidrs = var.ingress_cidrs
  public_ports  = var.certificate_arn == null ? [80] : [80, 443]
  member_ports  = module.autoscaling.member_ports
  egress_ports  = var.egress_ports
}

module "balancer" {
  source = "../modules/balancer"

  name                 = local.name
  vpc_id               = module.network.vpc_id
  subnet_ids           = values(module.network.public_subnet_ids)
  security_group_id    = module.security.balancer_security_group_id
  health_check_path    = lookup(var.settings, "MONITOR_PATH", "/healthz")
  certificate_arn      = var.certificate_arn
  deregistration_delay = var.deregistration_delay
  idle_timeout         = var.idle_timeout
  deletion_protection  = var.deletion_protection
  access_logs_bucket   = var.access_logs_bucket
}

module "consul_profile" {
  source = "../modules/instance-profile"

  name                = local.consul_name
  ssm_parameter_names = [local.secret_names.gossip_key]
  ecr_repository_arns = [for name, arn in local.repository_arns : arn if name == "consul"]
}

module "consul" {
  source = "../modules/consul"

  name                  = local.consul_name
  servers               = var.consul_servers
  subnet_ids            = values(module.network.private_subnet_ids)
  security_group_ids    = [module.security.consul_security_group_id]
  instance_profile_name = module.consul_profile.name
  instance_type         = var.consul_instance_type
  image_id              = var.image_id
  consul_image          = var.consul_image
  compose_plugin        = var.compose_plugin
  join_tag_value        = local.name
  gossip_key_parameter  = local.secrets.gossip_key
}

module "app_profile" {
  source = "../modules/instance-profile"

  name                    = local.name
  autoscaling_group_names = [local.name]
  ssm_parameter_names     = values(local.secret_names)
  ecr_repository_arns     = values(local.repository_arns)
}

module "autoscaling" {
  source = "../modules/autoscaling"

  name                  = local.name
  vpc_cidr              = module.network.vpc_cidr
  subnet_ids            = values(module.network.private_subnet_ids)
  security_group_ids    = [module.security.app_security_group_id]
  target_group_arns     = [module.balancer.target_group_arn]
  instance_profile_name = module.app_profile.name
  instance_type         = var.instance_type
  image_id              = var.image_id
  root_volume_size      = var.root_volume_size
  spot                  = var.spot

  min_size                  = var.min_size
  max_size                  = var.max_size
  scale_up_cpu              = var.scale_up_cpu
  scale_down_cpu            = var.scale_down_cpu
  target_cpu                = var.target_cpu
  drain_timeout             = var.drain_timeout
  health_check_grace_period = var.health_check_grace_period

  images               = local.images
  members_per_instance = var.members_per_instance
  trusted_proxy_cidrs  = [module.network.public_cidr]
  retry_join           = module.consul.retry_join
  gossip_key_parameter = local.secrets.gossip_key
  secret_parameters    = { for name, parameter in local.secrets : upper(name) => parameter if name != "gossip_key" }
  environment          = local.settings
  compose_plugin       = var.compose_plugin
}
