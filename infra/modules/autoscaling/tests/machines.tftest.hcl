# The launch template: closed, encrypted, tagged, and with what the instances run.

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

run "closed" {
  assert {
    condition     = aws_launch_template.instance.metadata_options[0].http_tokens == "required" && aws_launch_template.instance.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "Only IMDSv2, and only from the host itself: applications in containers cannot have the instance's credentials."
  }

  assert {
    condition     = alltrue([for disk in aws_launch_template.instance.block_device_mappings : disk.ebs[0].volume_type == "gp3" && disk.ebs[0].encrypted == "true"])
    error_message = "The disk is encrypted gp3."
  }

  assert {
    condition     = aws_launch_template.instance.monitoring[0].enabled
    error_message = "CPU is measured each minute, or the alarms come late."
  }

  assert {
    condition     = aws_launch_template.instance.vpc_security_group_ids == toset(["sg-0app"]) && aws_launch_template.instance.iam_instance_profile[0].name == "muster-app" && aws_launch_template.instance.key_name == null
    error_message = "The instances have the given group and profile, and no SSH key."
  }

  assert {
    condition = { for one in aws_launch_template.instance.tag_specifications : one.resource_type => one.tags } == {
      instance = tomap({ Project = "muster", Name = "muster-app" }), volume = tomap({ Project = "muster", Name = "muster-app" })
    }
    error_message = "The provider's default tags reach instances and volumes."
  }
}

run "user_data" {
  variables {
    members_per_instance = 3
  }

  assert {
    condition     = aws_launch_template.instance.user_data == base64gzip(output.user_data)
    error_message = "The user data is compressed."
  }

  assert {
    condition     = strcontains(output.user_data, base64gzip(file("../../../docker-compose.yml"))) && strcontains(output.user_data, base64gzip(file("../../instance/compose.instance.yml")))
    error_message = "Instances run this repository's compose file, with the override for instances."
  }

  assert {
    condition     = output.member_ports == { from = 18081, to = 18083 }
    error_message = "Each member has a port of its own."
  }
}

run "image_of_arm64" {
  assert {
    condition     = data.aws_ssm_parameter.amazon_linux[0].name == "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64" && aws_launch_template.instance.image_id == "ami-0123456789abcdef0"
    error_message = "The image is that of the instance type's architecture."
  }
}

run "image_of_x86_64" {
  override_data {
    target = data.aws_ec2_instance_type.offered
    values = { supported_architectures = ["i386", "x86_64"] }
  }

  assert {
    condition     = data.aws_ssm_parameter.amazon_linux[0].name == "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    error_message = "The image is that of the instance type's architecture."
  }
}

run "pinned_image" {
  variables {
    image_id = "ami-0fedcba9876543210"
  }

  assert {
    condition     = length(data.aws_ssm_parameter.amazon_linux) == 0 && aws_launch_template.instance.image_id == "ami-0fedcba9876543210"
    error_message = "A pinned image is not looked up."
  }
}
