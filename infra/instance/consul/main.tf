module "bootstrap" {
  source = "../bootstrap"

  files = {
    "compose.consul.yml" = file("${path.module}/../compose.consul.yml")
  }
  environment = {
    COMPOSE_FILE = "compose.consul.yml"
    SERVERS      = tostring(var.servers)
    RETRY_JOIN   = var.retry_join
  }
  gossip_key_parameter = var.gossip_key_parameter
  images               = { CONSUL_IMAGE = var.consul_image }
  compose_plugin       = var.compose_plugin
  first_boot_seconds   = var.first_boot_seconds
}
