# The modules together, with the values of terraform.tfvars. All else is tested in production: the files are the same.

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

run "staging_has_one_nat_gateway_and_may_go" {
  command = plan

  assert {
    condition     = length(output.nat_public_ips) == 1 && length(var.availability_zones) >= 2
    error_message = "Staging must have one NAT gateway for all its zones."
  }

  assert {
    condition     = !var.deletion_protection && var.spot != null
    error_message = "Staging runs on spot instances and may be destroyed."
  }

  assert {
    condition     = output.autoscaling_group_name == "muster-staging" && strcontains(module.consul.retry_join, "tag_value=muster-staging")
    error_message = "Staging's names and Consul must be its own."
  }

  assert {
    condition     = module.network.vpc_cidr != "10.20.0.0/16"
    error_message = "Staging must have another range than production, so that the two can be joined."
  }
}
