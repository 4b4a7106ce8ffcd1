# What is refused before anything is made. Each value breaks one rule only, and each variable that a run names must be
# refused by itself: several stand in one run because a run costs a second.

# Plans only, and reaches no AWS: what it would ask AWS is given below. (The provider cannot be a mock here, because Terraform
# mocks no ephemeral resources.)
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  max_retries                 = 1

  # Nobody listens there: a question that is not answered below fails.
  endpoints {
    ec2            = "http://127.0.0.1:1"
    secretsmanager = "http://127.0.0.1:1"
    ssm            = "http://127.0.0.1:1"
    sts            = "http://127.0.0.1:1"
  }
}

override_data {
  target = module.app_profile.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.consul_profile.data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

override_data {
  target = module.consul.data.aws_ec2_instance_type.server
  values = { supported_architectures = ["arm64"] }
}

override_data {
  target = module.autoscaling.data.aws_ec2_instance_type.offered
  values = { supported_architectures = ["arm64"] }
}

variables {
  image_registry    = "ghcr.io/acme"
  image_tag         = "1.4"
  image_id          = "ami-0123456789abcdef0"
  secret_parameters = { gossip_key = "/own/gossip", session_secret = "/own/session", sticky_key = "/own/sticky" }
}

run "what_is_no_such_thing" {
  command = plan
  expect_failures = [
    var.project, var.environment, var.tags, var.cidr, var.interface_endpoints, var.access_logs_bucket, var.image_registry,
    var.image_tag, var.image_digests, var.balancer, var.consul_image, var.compose_plugin, var.instance_type, var.image_id, var.settings,
    var.consul_servers, var.consul_instance_type, var.secret_parameters, var.secret_versions,
  ]

  variables {
    project              = "Muster"
    environment          = "pro-duction"
    tags                 = { Name = "mine" }
    cidr                 = "10.20.0.0"
    interface_endpoints  = ["s3"]
    access_logs_bucket   = "arn:aws:s3:::logs"
    image_registry       = "https://ghcr.io/acme/"
    image_tag            = "-1"
    image_digests        = { webapp = "md5:0" }
    balancer             = "traefik"
    consul_image         = "hashicorp/consul"
    compose_plugin       = { version = "2.40.3", sha256 = { x86_64 = "0", aarch64 = "0" } }
    instance_type        = "t4g"
    image_id             = "amazon-linux"
    settings             = { balance = "leastconn" }
    consul_servers       = 2
    consul_instance_type = "small"
    secret_parameters    = { gossip_key = "gossip-key" }
    secret_versions      = { sticky_key = 0 }
  }
}

run "what_is_too_little_or_elsewhere" {
  command = plan
  expect_failures = [
    var.availability_zones, var.certificate_arn, var.flow_log_retention_days, var.egress_ports, var.ingress_cidrs,
    var.deregistration_delay, var.members_per_instance, var.spot, var.max_size, var.scale_down_cpu, var.target_cpu,
    var.drain_timeout, var.image_tag, var.nat_mode,
  ]

  variables {
    availability_zones      = { us-east-1a = 0, eu-central-1b = 1 }
    certificate_arn         = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f-1"
    flow_log_retention_days = 0
    egress_ports            = [80]
    ingress_cidrs           = []
    deregistration_delay    = -1
    members_per_instance    = 0
    spot                    = { instance_types = [] }
    max_size                = 1
    scale_down_cpu          = 80
    target_cpu              = 0
    drain_timeout           = 29
    image_tag               = "latest"
    nat_mode                = "none"
    interface_endpoints     = ["ssm", "ssmmessages", "ec2", "autoscaling", "ecr.api"]
  }
}

run "what_is_out_of_range_or_goes_not_together" {
  command         = plan
  expect_failures = [var.region, var.min_size, var.scale_up_cpu, var.drain_timeout, var.deregistration_delay, var.nat_mode]

  variables {
    region               = "Frankfurt"
    min_size             = 0
    scale_up_cpu         = 101
    drain_timeout        = 7201
    deregistration_delay = 3601
    nat_mode             = "two"
  }
}
