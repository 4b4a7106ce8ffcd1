# When the group grows and shrinks.

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

# First, because a mock gives all policies one ARN, and what exists keeps its own.
run "alarm_moves_its_own_policy" {
  override_resource {
    target = aws_autoscaling_policy.step["up"]
    values = { arn = "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:0up" }
  }

  override_resource {
    target = aws_autoscaling_policy.step["down"]
    values = { arn = "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:0down" }
  }

  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.cpu : name => join(",", alarm.alarm_actions) } == {
      up   = "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:0up"
      down = "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:0down"
    }
    error_message = "The high alarm adds, the low one takes."
  }
}

run "alarms" {
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.cpu["up"].threshold == 80 && aws_cloudwatch_metric_alarm.cpu["up"].comparison_operator == "GreaterThanThreshold"
      && aws_cloudwatch_metric_alarm.cpu["down"].threshold == 5 && aws_cloudwatch_metric_alarm.cpu["down"].comparison_operator == "LessThanThreshold"
    )
    error_message = "More above 80 % CPU, fewer below 5 %."
  }

  assert {
    condition = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.cpu) :
      alarm.namespace == "AWS/EC2" && alarm.metric_name == "CPUUtilization" && alarm.statistic == "Average" && alarm.period == 60
      && alarm.dimensions == tomap({ AutoScalingGroupName = "muster-app" })
    ])
    error_message = "The alarms look at the average CPU of the group, each minute."
  }
}

run "steps" {
  assert {
    condition = (
      [for step in aws_autoscaling_policy.step["up"].step_adjustment : "${step.scaling_adjustment} from ${step.metric_interval_lower_bound}"] == ["1 from 0"]
      && [for step in aws_autoscaling_policy.step["down"].step_adjustment : "${step.scaling_adjustment} to ${step.metric_interval_upper_bound}"] == ["-1 to 0"]
    )
    error_message = "One instance more, or one less, at a time."
  }

  assert {
    condition     = alltrue([for policy in values(aws_autoscaling_policy.step) : policy.policy_type == "StepScaling" && policy.adjustment_type == "ChangeInCapacity" && policy.autoscaling_group_name == "muster-app"])
    error_message = "The steps change the size of the group."
  }

  assert {
    condition     = length(aws_autoscaling_policy.target) == 0
    error_message = "No target tracking, unless it is asked for."
  }
}

run "target" {
  variables {
    target_cpu = 60
  }

  assert {
    condition = (
      aws_autoscaling_policy.target[0].target_tracking_configuration[0].target_value == 60
      && aws_autoscaling_policy.target[0].target_tracking_configuration[0].disable_scale_in
      && aws_autoscaling_policy.target[0].target_tracking_configuration[0].predefined_metric_specification[0].predefined_metric_type == "ASGAverageCPUUtilization"
    )
    error_message = "Target tracking adds only: taking stays with the low alarm."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.cpu) == 2
    error_message = "The two alarms stay."
  }
}
