locals {
  # Members listen on the ports above it.
  member_port = 18080

  images = {
    WEBAPP_IMAGE = var.images.webapp
    HA_IMAGE     = var.images.ha
    CONSUL_IMAGE = var.images.consul
  }

  # The load balancer asks the balancer itself; an application's own /healthz can be had on another path.
  defaults = { MONITOR_PATH = "/healthz" }

  settings = {
    COMPOSE_FILE     = "docker-compose.yml:compose.instance.yml:compose.members.yml"
    COMPOSE_PROFILES = "instance"
    MEMBER_CIDRS     = var.vpc_cidr
    TRUSTED_PROXIES  = join(",", var.trusted_proxy_cidrs)
    RETRY_JOIN       = var.retry_join
    LIFECYCLE_HOOK   = var.lifecycle_hook_name
  }
}

module "bootstrap" {
  source = "../bootstrap"

  files = {
    "docker-compose.yml"   = file("${path.module}/../../../docker-compose.yml")
    "compose.instance.yml" = file("${path.module}/../compose.instance.yml")
    "compose.members.yml" = templatefile("${path.module}/compose.members.yml.tftpl", {
      members            = var.members
      port               = local.member_port
      has_session_secret = contains(keys(var.secret_parameters), "SESSION_SECRET")
    })
  }
  environment          = merge(local.defaults, var.environment, local.settings)
  images               = local.images
  secret_parameters    = var.secret_parameters
  gossip_key_parameter = var.gossip_key_parameter
  compose_plugin       = var.compose_plugin
}
