# Production: a NAT gateway in each zone, instances on demand, three Consul servers, no deletion by mistake.
environment = "production"
region      = "eu-central-1"

cidr               = "10.20.0.0/16"
availability_zones = { eu-central-1a = 0, eu-central-1b = 1 }
nat_mode           = "per_az"

min_size            = 2
max_size            = 6
consul_servers      = 3
deletion_protection = true

settings = { ROUTING = "local-first" }
