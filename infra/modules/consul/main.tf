data "aws_region" "current" {}
data "aws_default_tags" "current" {}

data "aws_ec2_instance_type" "server" {
  instance_type = var.instance_type
}

data "aws_ssm_parameter" "amazon_linux" {
  count = var.image_id == null ? 1 : 0

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${local.architecture}"
}

locals {
  architecture = contains(data.aws_ec2_instance_type.server.supported_architectures, "arm64") ? "arm64" : "x86_64"
  image_id     = var.image_id != null ? var.image_id : terraform_data.image[0].output
  join_tag     = "muster-consul"
  retry_join   = "provider=aws region=${data.aws_region.current.id} tag_key=${local.join_tag} tag_value=${var.join_tag_value}"

  # The provider's own tags do not reach what a group launches.
  tags = merge(data.aws_default_tags.current.tags, { Name = var.name })
}

# Remembers the image of the first apply. Else the next change of the members, once AWS has a newer image, would replace the
# servers by the way.
resource "terraform_data" "image" {
  count = var.image_id == null ? 1 : 0

  input = data.aws_ssm_parameter.amazon_linux[0].insecure_value

  lifecycle {
    ignore_changes = [input]
  }
}

module "instance" {
  source = "../../instance/consul"

  servers              = var.servers
  consul_image         = var.consul_image
  retry_join           = local.retry_join
  gossip_key_parameter = var.gossip_key_parameter
  compose_plugin       = var.compose_plugin
  first_boot_seconds   = local.first_boot
}

resource "aws_launch_template" "server" {
  name                   = var.name
  description            = "A Consul server of ${var.name}"
  image_id               = local.image_id
  instance_type          = var.instance_type
  user_data              = module.instance.user_data
  vpc_security_group_ids = var.security_group_ids
  update_default_version = true

  # A server powers itself off when its first boot fails.
  instance_initiated_shutdown_behavior = "terminate"

  iam_instance_profile {
    name = var.instance_profile_name
  }

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
      volume_size           = 16
      encrypted             = true
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  # The instance's tag is what agents look for.
  tag_specifications {
    resource_type = "instance"
    tags          = merge(local.tags, { (local.join_tag) = var.join_tag_value })
  }

  tag_specifications {
    resource_type = "volume"
    tags          = local.tags
  }

  lifecycle {
    precondition {
      condition     = module.instance.bytes <= 16384
      error_message = "The user data of ${var.name} has ${module.instance.bytes} bytes, EC2 takes 16384."
    }
  }
}
