# Staging: the same at less cost. One NAT gateway, spot instances, one Consul server, and it may be destroyed.
environment = "staging"
region      = "eu-central-1"

cidr               = "10.30.0.0/16"
availability_zones = { eu-central-1a = 0, eu-central-1b = 1 }
nat_mode           = "single"

min_size            = 1
max_size            = 2
consul_servers      = 1
deletion_protection = false
spot                = { instance_types = ["t4g.small", "t4g.medium", "c7g.medium"] }

settings = { ROUTING = "local-first" }
