locals {
  # Above the upper threshold one more, below the lower one less.
  steps = {
    up = {
      adjustment = 1, operator = "GreaterThanThreshold", threshold = var.scale_up_cpu, minutes = 2
      lower      = 0, upper = null
    }
    # In ALARM whenever the group idles at its smallest: nobody should be paged by it.
    down = {
      adjustment = -1, operator = "LessThanThreshold", threshold = var.scale_down_cpu, minutes = 5
      lower      = null, upper = 0
    }
  }
}

resource "aws_autoscaling_policy" "step" {
  for_each = local.steps

  name                      = "${var.name}-${each.key}"
  autoscaling_group_name    = aws_autoscaling_group.instances.name
  policy_type               = "StepScaling"
  adjustment_type           = "ChangeInCapacity"
  metric_aggregation_type   = "Average"
  estimated_instance_warmup = local.warmup

  step_adjustment {
    scaling_adjustment          = each.value.adjustment
    metric_interval_lower_bound = each.value.lower
    metric_interval_upper_bound = each.value.upper
  }
}

resource "aws_cloudwatch_metric_alarm" "cpu" {
  for_each = local.steps

  alarm_name          = "${var.name}-cpu-${each.key}"
  alarm_description   = "Average CPU of ${var.name} ${each.key == "up" ? "above" : "below"} ${each.value.threshold} % for ${each.value.minutes} minutes"
  namespace           = "AWS/EC2"
  metric_name         = "CPUUtilization"
  dimensions          = { AutoScalingGroupName = aws_autoscaling_group.instances.name }
  statistic           = "Average"
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  alarm_actions       = [aws_autoscaling_policy.step[each.key].arn]
}

# Adds only: taking stays with the alarm, which waits for less than any target would.
resource "aws_autoscaling_policy" "target" {
  count = var.target_cpu == null ? 0 : 1

  name                      = "${var.name}-target"
  autoscaling_group_name    = aws_autoscaling_group.instances.name
  policy_type               = "TargetTrackingScaling"
  estimated_instance_warmup = local.warmup

  target_tracking_configuration {
    target_value     = var.target_cpu
    disable_scale_in = true

    predefined_metric_specification {
      predefined_metric_type = "ASGAverageCPUUtilization"
    }
  }
}
