# What is closed unless it is asked for.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "muster-test"
  cidr               = "10.20.0.0/16"
  availability_zones = { eu-central-1a = 0, eu-central-1b = 1 }
}

run "the_default_group_is_empty_and_extras_are_off" {
  assert {
    condition     = aws_default_security_group.empty.vpc_id == aws_vpc.network.id
    error_message = "The default group of this VPC must be adopted."
  }

  assert {
    condition     = length(aws_default_security_group.empty.ingress) == 0 && length(aws_default_security_group.empty.egress) == 0
    error_message = "The default group must have no rule."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 0 && length(aws_security_group.endpoints) == 0 && length(aws_flow_log.vpc) == 0
    error_message = "Interface endpoints and flow logs cost money: none unless asked for."
  }

  assert {
    condition     = aws_vpc.network.enable_dns_support && aws_vpc.network.enable_dns_hostnames
    error_message = "Interface endpoints need the VPC's DNS."
  }
}

run "interface_endpoints_answer_https_from_the_vpc_only" {
  variables {
    interface_endpoints = ["ssm", "ecr.api"]
  }

  assert {
    condition = { for name, endpoint in aws_vpc_endpoint.interface : name => endpoint.service_name } == {
      ssm = "com.amazonaws.eu-central-1.ssm", "ecr.api" = "com.amazonaws.eu-central-1.ecr.api"
    }
    error_message = "Each service must get its endpoint."
  }

  assert {
    condition = alltrue([for endpoint in aws_vpc_endpoint.interface :
      endpoint.private_dns_enabled && endpoint.vpc_endpoint_type == "Interface" &&
      endpoint.subnet_ids == toset([for subnet in aws_subnet.private : subnet.id]) &&
      endpoint.security_group_ids == toset([aws_security_group.endpoints[0].id])
    ])
    error_message = "An endpoint must stand in each private subnet, with the endpoints' group, under the service's own name."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.endpoints[0].security_group_id == aws_security_group.endpoints[0].id &&
      aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == "10.20.0.0/16" &&
      aws_vpc_security_group_ingress_rule.endpoints[0].from_port == 443 && aws_vpc_security_group_ingress_rule.endpoints[0].to_port == 443
    )
    error_message = "Endpoints must answer HTTPS from inside the VPC, and nothing else."
  }
}

run "flow_logs_are_kept_as_long_as_asked" {
  variables {
    flow_log_retention_days = 14
  }

  assert {
    condition = (
      aws_flow_log.vpc["vpc"].vpc_id == aws_vpc.network.id && aws_flow_log.vpc["vpc"].traffic_type == "ALL" &&
      aws_flow_log.vpc["vpc"].log_destination == aws_cloudwatch_log_group.flow_log["vpc"].arn &&
      aws_cloudwatch_log_group.flow_log["vpc"].retention_in_days == 14
    )
    error_message = "The flow log must write to a group with the given retention."
  }

  assert {
    condition = alltrue(flatten([for statement in data.aws_iam_policy_document.flow_log["vpc"].statement : concat(
      [for action in statement.actions : !strcontains(action, "*")],
      [for resource in statement.resources : startswith(resource, aws_cloudwatch_log_group.flow_log["vpc"].arn)],
    )]))
    error_message = "The flow log's role may write to its own group only."
  }
}
