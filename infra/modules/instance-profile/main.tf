locals {
  partition = data.aws_partition.current.partition
  here      = "${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}"

  # The id in front of the name is not known before the group exists.
  group_arns     = [for name in var.autoscaling_group_names : "arn:${local.partition}:autoscaling:${local.here}:autoScalingGroup:*:autoScalingGroupName/${name}"]
  parameter_arns = [for name in var.ssm_parameter_names : "arn:${local.partition}:ssm:${local.here}:parameter${name}"]

  # Each row is a statement, if there is something that it allows.
  statements = { for sid, row in {
    # Terminate: what the spot market takes back, the group is told of.
    HoldAndCompleteTheHook = {
      actions = [
        "autoscaling:CompleteLifecycleAction", "autoscaling:RecordLifecycleActionHeartbeat",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
      ]
      resources = local.group_arns
    }
    # AWS cannot narrow the next three to a resource.
    KnowTheOwnGroup = {
      actions   = ["autoscaling:DescribeAutoScalingInstances", "autoscaling:DescribeLifecycleHooks"]
      resources = length(local.group_arns) > 0 ? ["*"] : []
    }
    FindConsulServers = {
      actions   = ["ec2:DescribeInstances"]
      resources = ["*"]
    }
    # Sessions instead of SSH. AWS's own policy for that, AmazonSSMManagedInstanceCore, would let them read every parameter.
    BeReachedBySessions = {
      actions = [
        "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
      ]
      resources = ["*"]
    }
    ReadTheOwnParameters = {
      actions   = ["ssm:GetParameter"]
      resources = local.parameter_arns
    }
    LogInToTheRegistry = {
      actions   = ["ecr:GetAuthorizationToken"]
      resources = length(var.ecr_repository_arns) > 0 ? ["*"] : []
    }
    PullImages = {
      actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      resources = tolist(var.ecr_repository_arns)
    }
  } : sid => row if length(row.resources) > 0 }
}

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "instance" {
  dynamic "statement" {
    for_each = local.statements

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }
}

resource "aws_iam_role" "instance" {
  name               = var.name
  description        = "What the instances of ${var.name} may do"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "instance" {
  name   = var.name
  role   = aws_iam_role.instance.id
  policy = data.aws_iam_policy_document.instance.json
}

resource "aws_iam_instance_profile" "instance" {
  name = var.name
  role = aws_iam_role.instance.name
}
