# What the instances may do, and that it is no more.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                    = "muster-app"
  autoscaling_group_names = ["muster-app"]
  ssm_parameter_names     = ["/muster/gossip-key", "/muster/session-secret"]
}

run "application" {
  assert {
    condition     = toset(data.aws_iam_policy_document.instance.statement[*].sid) == toset(["HoldAndCompleteTheHook", "KnowTheOwnGroup", "FindConsulServers", "BeReachedBySessions", "ReadTheOwnParameters"])
    error_message = "An application's instance may hold its hook, know its group, find Consul, be reached by sessions and read its parameters: no more, no less."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.instance.statement :
      statement.resources == toset(["arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:*:autoScalingGroupName/muster-app"])
      && statement.actions == toset(["autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat", "autoscaling:TerminateInstanceInAutoScalingGroup"])
      if statement.sid == "HoldAndCompleteTheHook"
    ])
    error_message = "Only the hook of the own group may be completed."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.instance.statement :
      statement.resources == toset([
        "arn:aws:ssm:eu-central-1:123456789012:parameter/muster/gossip-key",
        "arn:aws:ssm:eu-central-1:123456789012:parameter/muster/session-secret",
      ]) && statement.actions == toset(["ssm:GetParameter"])
      if statement.sid == "ReadTheOwnParameters"
    ])
    error_message = "Only the own parameters may be read."
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.instance.statement : tolist(statement.actions) if contains(statement.resources, "*")
      ])) == toset([
      "autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLifecycleHooks", "ec2:DescribeInstances",
      "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ])
    error_message = "Only actions that take no resource may have all of them."
  }

  assert {
    condition = (
      data.aws_iam_policy_document.trust.statement[0].actions == toset(["sts:AssumeRole"])
      && [for one in data.aws_iam_policy_document.trust.statement[0].principals : one.identifiers] == [toset(["ec2.amazonaws.com"])]
    )
    error_message = "Only EC2 may take the role."
  }
}

run "everything" {
  variables {
    ecr_repository_arns = ["arn:aws:ecr:eu-central-1:123456789012:repository/muster-ha"]
  }

  assert {
    condition     = !anytrue([for action in flatten([for one in data.aws_iam_policy_document.instance.statement : tolist(one.actions)]) : strcontains(action, "*")])
    error_message = "No action may be a pattern."
  }

  assert {
    condition     = !anytrue([for one in data.aws_iam_policy_document.instance.statement : one.effect == "Deny" || try(length(one.not_actions), 0) > 0 || try(length(one.not_resources), 0) > 0])
    error_message = "Policies say what is allowed."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.instance.statement : tolist(statement.resources) if statement.sid == "PullImages"
    ] == [tolist(["arn:aws:ecr:eu-central-1:123456789012:repository/muster-ha"])]
    error_message = "Images come from the named repositories only."
  }
}

run "consul_server" {
  variables {
    autoscaling_group_names = []
    ssm_parameter_names     = ["/muster/gossip-key"]
  }

  assert {
    condition     = !anytrue([for action in flatten([for one in data.aws_iam_policy_document.instance.statement : tolist(one.actions)]) : startswith(action, "autoscaling:")])
    error_message = "An instance without a group of its own has no business with Auto Scaling."
  }
}
