data "aws_default_tags" "current" {}

locals {
  hook_name = "${var.name}-drain"

  # The provider's own tags do not reach what a group launches.
  tags = merge(data.aws_default_tags.current.tags, { Name = var.name })
}

module "instance" {
  source = "../../instance/app"

  images               = var.images
  members              = var.members_per_instance
  vpc_cidr             = var.vpc_cidr
  trusted_proxy_cidrs  = var.trusted_proxy_cidrs
  retry_join           = var.retry_join
  lifecycle_hook_name  = local.hook_name
  gossip_key_parameter = var.gossip_key_parameter
  secret_parameters    = var.secret_parameters
  environment          = var.environment
  compose_plugin       = var.compose_plugin
}

resource "aws_launch_template" "instance" {
  name                   = var.name
  description            = "An instance of ${var.name}"
  image_id               = local.image_id
  instance_type          = var.instance_type
  user_data              = module.instance.user_data
  vpc_security_group_ids = var.security_group_ids
  update_default_version = true

  iam_instance_profile {
    name = var.instance_profile_name
  }

  # One hop: containers on Docker's networks cannot get the instance's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  # The root disk of Amazon Linux.
  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.root_volume_size
      encrypted             = true
      delete_on_termination = true
    }
  }

  # CPU each minute: the alarms look at that.
  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume"]

    content {
      resource_type = tag_specifications.value
      tags          = local.tags
    }
  }

  lifecycle {
    precondition {
      condition     = module.instance.bytes <= 16384
      error_message = "The user data of ${var.name} has ${module.instance.bytes} bytes, EC2 takes 16384: make environment shorter."
    }

    precondition {
      condition     = length(local.architectures) == 1
      error_message = "instance_type and spot.instance_types mix arm64 and x86_64: one launch template has one image."
    }
  }
}
