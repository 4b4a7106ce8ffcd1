# The servers: how many, how they find each other, and that one is replaced at a time.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                  = "muster-consul"
  subnet_ids            = ["subnet-0a", "subnet-0b", "subnet-0c"]
  security_group_ids    = ["sg-0consul"]
  instance_profile_name = "muster-consul"
  join_tag_value        = "muster-production"
  gossip_key_parameter  = "/muster/production/gossip-key"
}

run "three" {
  assert {
    condition     = aws_autoscaling_group.servers.min_size == 3 && aws_autoscaling_group.servers.max_size == 3
    error_message = "There are three servers, never more or fewer."
  }

  assert {
    condition     = aws_autoscaling_group.servers.instance_refresh[0].preferences[0].min_healthy_percentage == 66
    error_message = "Two of three stay while one is replaced (66 %)."
  }

  assert {
    condition     = aws_launch_template.server.instance_initiated_shutdown_behavior == "terminate"
    error_message = "A server that powers itself off is gone, and the group sees it."
  }

  assert {
    condition = (
      tonumber(regex("--on-active=([0-9]+) ", output.user_data)[0]) + 300
      <= tonumber(aws_autoscaling_group.servers.instance_refresh[0].preferences[0].instance_warmup)
    )
    error_message = "A refresh waits at least five minutes longer than a first boot may last: until a server that fails is off, and the group has seen it."
  }

  assert {
    condition     = aws_autoscaling_group.servers.vpc_zone_identifier == toset(["subnet-0a", "subnet-0b", "subnet-0c"])
    error_message = "The servers spread over all zones."
  }

  assert {
    condition     = aws_autoscaling_group.servers.launch_template[0].version == "7"
    error_message = "The group names a number of the launch template: $Latest would start no refresh."
  }

  assert {
    condition     = output.retry_join == "provider=aws region=eu-central-1 tag_key=muster-consul tag_value=muster-production"
    error_message = "Agents find the servers by their tag."
  }

  assert {
    condition     = { for one in aws_launch_template.server.tag_specifications : one.resource_type => one.tags }["instance"] == tomap({ Project = "muster", Name = "muster-consul", muster-consul = "muster-production" })
    error_message = "The instances carry the tag by which they are found, and the provider's default tags."
  }

  assert {
    condition     = { for one in aws_launch_template.server.tag_specifications : one.resource_type => one.tags }["volume"] == tomap({ Project = "muster", Name = "muster-consul" })
    error_message = "The volumes carry the default tags."
  }
}

run "closed_machines" {
  assert {
    condition     = aws_launch_template.server.metadata_options[0].http_tokens == "required" && aws_launch_template.server.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "Only IMDSv2, and only from the host itself."
  }

  assert {
    condition     = alltrue([for disk in aws_launch_template.server.block_device_mappings : disk.ebs[0].volume_type == "gp3" && disk.ebs[0].encrypted == "true"])
    error_message = "The disk is encrypted gp3."
  }

  assert {
    condition     = aws_launch_template.server.vpc_security_group_ids == toset(["sg-0consul"]) && aws_launch_template.server.iam_instance_profile[0].name == "muster-consul" && aws_launch_template.server.key_name == null
    error_message = "The servers have their own group and profile, and no SSH key."
  }

  assert {
    condition     = aws_launch_template.server.user_data == base64gzip(output.user_data)
    error_message = "The user data is compressed."
  }

  assert {
    condition     = data.aws_ssm_parameter.amazon_linux[0].name == "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64" && aws_launch_template.server.image_id == "ami-0123456789abcdef0"
    error_message = "The image is that of the instance type's architecture."
  }
}

run "a_newer_image_replaces_no_server" {
  override_data {
    target = data.aws_ssm_parameter.amazon_linux
    values = { insecure_value = "ami-0fedcba9876543210" }
  }

  assert {
    condition     = data.aws_ssm_parameter.amazon_linux[0].insecure_value == "ami-0fedcba9876543210"
    error_message = "The test needs a newer image."
  }

  assert {
    condition     = aws_launch_template.server.image_id == "ami-0123456789abcdef0"
    error_message = "Servers stay on the image that they began with."
  }
}

run "one" {
  state_key = "one"

  variables {
    servers  = 1
    image_id = "ami-0fedcba9876543210"
  }

  assert {
    condition     = aws_autoscaling_group.servers.max_size == 1 && aws_autoscaling_group.servers.instance_refresh[0].preferences[0].min_healthy_percentage == 0
    error_message = "A single server can only be replaced by being gone."
  }

  assert {
    condition     = length(data.aws_ssm_parameter.amazon_linux) == 0 && aws_launch_template.server.image_id == "ami-0fedcba9876543210"
    error_message = "A pinned image is not looked up."
  }
}

run "five" {
  variables {
    servers = 5
  }

  assert {
    condition     = aws_autoscaling_group.servers.instance_refresh[0].preferences[0].min_healthy_percentage == 80
    error_message = "Four of five stay while one is replaced."
  }
}
