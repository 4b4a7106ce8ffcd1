locals {
  flow_logs = var.flow_log_retention_days == null ? toset([]) : toset(["vpc"])
}

resource "aws_cloudwatch_log_group" "flow_log" {
  for_each = local.flow_logs

  name              = "/${var.name}/flow-log"
  retention_in_days = var.flow_log_retention_days
}

data "aws_iam_policy_document" "flow_log_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "flow_log" {
  for_each = aws_cloudwatch_log_group.flow_log

  statement {
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [each.value.arn, "${each.value.arn}:log-stream:*"]
  }
}

resource "aws_iam_role" "flow_log" {
  for_each = local.flow_logs

  name_prefix        = "${var.name}-flow-"
  assume_role_policy = data.aws_iam_policy_document.flow_log_trust.json
}

resource "aws_iam_role_policy" "flow_log" {
  for_each = local.flow_logs

  name   = "write-log"
  role   = aws_iam_role.flow_log[each.key].id
  policy = data.aws_iam_policy_document.flow_log[each.key].json
}

resource "aws_flow_log" "vpc" {
  for_each = local.flow_logs

  vpc_id          = aws_vpc.network.id
  traffic_type    = "ALL"
  iam_role_arn    = aws_iam_role.flow_log[each.key].arn
  log_destination = aws_cloudwatch_log_group.flow_log[each.key].arn

  tags = { Name = var.name }

  depends_on = [aws_iam_role_policy.flow_log]
}
