# What is refused before anything is built. Each value breaks one rule only, and each variable that a run names must be refused
# by itself.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                  = "muster-consul"
  subnet_ids            = ["subnet-0a", "subnet-0b"]
  security_group_ids    = ["sg-0consul"]
  instance_profile_name = "muster-consul"
  join_tag_value        = "muster-test"
  gossip_key_parameter  = "/muster/test/gossip-key"
}

run "what_is_no_such_thing" {
  command         = plan
  expect_failures = [var.name, var.image_id, var.consul_image, var.join_tag_value, var.gossip_key_parameter, var.servers, var.instance_type, var.instance_profile_name, var.compose_plugin]

  variables {
    name                  = "Muster_Consul"
    image_id              = "al2023"
    consul_image          = "hashicorp/consul"
    join_tag_value        = "a tag_value=b"
    gossip_key_parameter  = "gossip-key"
    instance_type         = "small"
    instance_profile_name = "arn:aws:iam::123456789012:instance-profile/muster"
    compose_plugin        = { version = "2.40.3", sha256 = { x86_64 = "", aarch64 = "" } }
    servers               = 0
  }
}

run "what_ends_badly" {
  command         = plan
  expect_failures = [var.servers, var.subnet_ids]

  variables {
    servers    = 2
    subnet_ids = ["subnet-0a", "subnet-0a"]
  }
}

run "too_much" {
  command         = plan
  expect_failures = [var.servers]

  variables {
    servers = 7
  }
}
