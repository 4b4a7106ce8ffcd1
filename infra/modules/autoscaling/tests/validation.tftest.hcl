# What is refused before anything is built. Each value breaks one rule only, and each variable that a run names must be refused
# by itself.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                  = "muster-app"
  vpc_cidr              = "10.20.0.0/16"
  subnet_ids            = ["subnet-0a", "subnet-0b"]
  security_group_ids    = ["sg-0app"]
  target_group_arns     = ["arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/muster/0abc"]
  instance_profile_name = "muster-app"
  min_size              = 2
  max_size              = 6
  images                = { webapp = "registry.example/muster-webapp:1.4", ha = "registry.example/muster-ha:1.4" }
  trusted_proxy_cidrs   = ["10.20.0.0/17"]
  retry_join            = "provider=aws region=eu-central-1 tag_key=muster-consul tag_value=muster-test"
  gossip_key_parameter  = "/muster/test/gossip-key"
}

run "what_is_no_such_thing" {
  command         = plan
  expect_failures = [var.name, var.vpc_cidr, var.image_id, var.images, var.gossip_key_parameter, var.environment, var.secret_parameters, var.trusted_proxy_cidrs, var.members_per_instance, var.target_cpu, var.instance_type, var.instance_profile_name, var.retry_join]

  variables {
    instance_type         = "small"
    instance_profile_name = "arn:aws:iam::123456789012:instance-profile/muster"
    retry_join            = "10.20.0.1"
    target_cpu            = 5
    name                  = "Muster_App"
    vpc_cidr              = "10.20.0.0"
    image_id              = "al2023"
    images                = { webapp = "muster-webapp", ha = "muster-ha:1.4" }
    gossip_key_parameter  = "gossip-key"
    environment           = { "a b" = "c" }
    secret_parameters     = { SESSION_SECRET = "hunter2" }
    trusted_proxy_cidrs   = ["10.20.0.0"]
    members_per_instance  = 1.5
  }
}

run "too_little" {
  command         = plan
  expect_failures = [var.subnet_ids, var.root_volume_size, var.min_size, var.health_check_grace_period, var.drain_timeout, var.trusted_proxy_cidrs, var.members_per_instance]

  variables {
    subnet_ids                = ["subnet-0a", "subnet-0a"]
    root_volume_size          = 4
    min_size                  = 0
    health_check_grace_period = 30
    drain_timeout             = 29
    trusted_proxy_cidrs       = []
    members_per_instance      = 0
  }
}

run "too_much" {
  command         = plan
  expect_failures = [var.max_size, var.scale_up_cpu, var.health_check_grace_period, var.root_volume_size, var.drain_timeout, var.members_per_instance, var.spot]

  variables {
    max_size                  = 1
    scale_up_cpu              = 101
    health_check_grace_period = 3601
    root_volume_size          = 1025
    drain_timeout             = 7201
    members_per_instance      = 17
    spot                      = { instance_types = ["t4g.small", "t4g.medium"], on_demand_percentage_above_base_capacity = 101 }
  }
}

run "what_ends_badly" {
  command         = plan
  expect_failures = [var.vpc_cidr, var.scale_down_cpu, var.trusted_proxy_cidrs, var.environment, var.secret_parameters, var.spot, var.compose_plugin]

  variables {
    vpc_cidr            = "172.20.0.0/16"
    compose_plugin      = { version = "2.40.3", sha256 = { x86_64 = "", aarch64 = "" } }
    scale_down_cpu      = 41
    trusted_proxy_cidrs = ["0.0.0.0/0"]
    environment         = { SESSION_SECRET = "hunter2" }
    secret_parameters   = { BALANCE = "/muster/test/balance" }
    spot                = { instance_types = ["t4g.small"] }
  }
}

run "what_contradicts" {
  command         = plan
  expect_failures = [var.target_cpu, var.environment, var.spot]

  variables {
    target_cpu  = 90
    environment = { LOCAL_ADDRESS = "10.20.0.1" }
    spot        = { instance_types = ["t4g.small", "t4g.medium"], on_demand_base_capacity = -1 }
  }
}

run "types_of_two_architectures" {
  command = plan

  variables {
    spot = { instance_types = ["t4g.small", "t3.small"] }
  }

  override_data {
    target = data.aws_ec2_instance_type.offered["t3.small"]
    values = { supported_architectures = ["x86_64"] }
  }

  expect_failures = [aws_launch_template.instance]
}

# Hexadecimal digits of 64 KiB of chance: no compression makes 16 KiB of them.
run "too_much_user_data" {
  command = plan

  variables {
    environment = { TAGS = join("", [for number in range(1000) : "${sha256("a${number}")}${sha256("b${number}")}"]) }
  }

  expect_failures = [aws_launch_template.instance]
}
