# The modules together, with the values of terraform.tfvars.

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
  image_registry = "ghcr.io/acme"
  image_tag      = "1.4"
  image_id       = "ami-0123456789abcdef0"
  # Else AWS would be asked to make them.
  secret_parameters = { gossip_key = "/own/gossip", session_secret = "/own/session", sticky_key = "/own/sticky" }
}

run "production_survives_losses_and_runs_what_it_is_given" {
  command = plan

  assert {
    condition     = length(output.nat_public_ips) == length(var.availability_zones) && length(var.availability_zones) >= 2
    error_message = "Production must have a NAT gateway in each of two or more zones."
  }

  assert {
    condition     = var.deletion_protection && var.spot == null && var.min_size >= 2 && var.consul_servers >= 3
    error_message = "Production must survive the loss of an instance, of a Consul server, and a destroy by mistake."
  }

  assert {
    condition     = output.autoscaling_group_name == "muster-production" && output.consul_autoscaling_group_name == "muster-production-consul"
    error_message = "Names must tell project and environment."
  }

  assert {
    condition     = strcontains(module.consul.retry_join, "tag_value=muster-production")
    error_message = "Consul must join the servers of this environment only."
  }

  assert {
    condition     = module.autoscaling.member_ports == { from = 18081, to = 18080 + var.members_per_instance }
    error_message = "Only the ports of the members that there are may be open between instances."
  }

  assert {
    condition = output.images == {
      webapp = "ghcr.io/acme/muster-webapp:1.4", ha = "ghcr.io/acme/muster-ha:1.4-haproxy", consul = "hashicorp/consul:1.22"
    }
    error_message = "An image's name must be registry, name and tag."
  }

  assert {
    condition     = length(local.repository_arns) == 0
    error_message = "Outside of ECR there is nothing to allow."
  }

  assert {
    condition     = output.secret_parameters == { gossip_key = "/own/gossip", session_secret = "/own/session", sticky_key = "/own/sticky" }
    error_message = "Named parameters must be used."
  }

  assert {
    condition     = length(aws_ssm_parameter.secret) == 0
    error_message = "Nothing is to be made where all are named."
  }
}

run "instances_keep_connections_longer_than_the_load_balancer" {
  command = plan

  variables {
    idle_timeout         = 120
    deregistration_delay = 600
    settings             = { HARD_STOP_AFTER = "5m" }
  }

  assert {
    condition     = local.settings == { TIMEOUT_KEEPALIVE = "125s", HARD_STOP_AFTER = "5m", DRAIN_TIMEOUT_MS = "150000", INSTANCE_LEAVE_TIMEOUT_MS = "900000" }
    error_message = "Times must follow those of the load balancer, unless they are set."
  }
}

run "tokens_are_those_that_were_named" {
  command = plan

  variables {
    secret_parameters = {
      gossip_key  = "/own/gossip", session_secret = "/own/session", sticky_key = "/own/sticky"
      admin_token = "/own/admin", consul_http_token = "/own/consul"
    }
  }

  assert {
    condition = strcontains(module.autoscaling.user_data, base64gzip(
      "ADMIN_TOKEN /own/admin\nCONSUL_HTTP_TOKEN /own/consul\nSESSION_SECRET /own/session\nSTICKY_KEY /own/sticky\n"
    ))
    error_message = "Instances must read the named parameters as settings, and the key of the gossip as none."
  }

  assert {
    condition     = length(aws_ssm_parameter.secret) == 0
    error_message = "Nothing is to be made where all are named."
  }
}

run "images_in_ecr_may_be_pulled_and_digests_pin_them" {
  command = plan

  variables {
    image_registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme"
    balancer       = "nginx"
    consul_image   = "210987654321.dkr.ecr.us-east-1.amazonaws.com/consul:1.22"
    image_digests  = { ha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
  }

  assert {
    condition = local.repository_arns == {
      webapp = "arn:aws:ecr:eu-central-1:123456789012:repository/acme/muster-webapp"
      ha     = "arn:aws:ecr:eu-central-1:123456789012:repository/acme/muster-ha"
      consul = "arn:aws:ecr:us-east-1:210987654321:repository/consul"
    }
    error_message = "Instances must be allowed to pull exactly their images."
  }

  assert {
    condition = output.images.ha == join("@", [
      "123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/muster-ha:1.4-nginx",
      "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ])
    error_message = "A digest must pin its image."
  }
}
