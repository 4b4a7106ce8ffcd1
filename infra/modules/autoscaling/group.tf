locals {
  # Seconds from the launch of an instance until its CPU counts: boot, Docker, images.
  warmup = 180
}

resource "aws_autoscaling_group" "instances" {
  name                      = var.name
  min_size                  = var.min_size
  max_size                  = var.max_size
  vpc_zone_identifier       = var.subnet_ids
  target_group_arns         = var.target_group_arns
  health_check_type         = "ELB"
  health_check_grace_period = var.health_check_grace_period
  default_instance_warmup   = local.warmup
  capacity_rebalance        = var.spot != null

  # A number, not $Latest: else a new version would start no refresh.
  dynamic "launch_template" {
    for_each = var.spot == null ? [aws_launch_template.instance] : []

    content {
      id      = launch_template.value.id
      version = launch_template.value.latest_version
    }
  }

  dynamic "mixed_instances_policy" {
    for_each = var.spot[*]

    content {
      instances_distribution {
        on_demand_base_capacity                  = mixed_instances_policy.value.on_demand_base_capacity
        on_demand_percentage_above_base_capacity = mixed_instances_policy.value.on_demand_percentage_above_base_capacity
        spot_allocation_strategy                 = "price-capacity-optimized"
        spot_max_price                           = mixed_instances_policy.value.max_price
      }

      launch_template {
        launch_template_specification {
          launch_template_id = aws_launch_template.instance.id
          version            = aws_launch_template.instance.latest_version
        }

        dynamic "override" {
          for_each = mixed_instances_policy.value.instance_types

          content {
            instance_type = override.value
          }
        }
      }
    }
  }

  # A new launch template, above all new images or settings, replaces the instances, new ones first; one that does not get
  # healthy stops that. No auto_rollback: the provider writes the new template into the group before the refresh, so AWS would
  # "roll back" to that (terraform-provider-aws issue 34189).
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 150
      # A version that never serves must be found out before the next instance goes.
      instance_warmup = max(local.warmup, var.health_check_grace_period + 60)
      skip_matching   = true
    }
  }

  # New ones first here too: a fault that all share, such as a database that is away, must not end all at once.
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 150
  }

  # Those of the group itself: the launch template tags what it launches.
  dynamic "tag" {
    for_each = local.tags

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = false
    }
  }

  lifecycle {
    # The alarms move it.
    ignore_changes = [desired_capacity]
  }
}

# Apart from the group: a change of an initial hook would not reach AWS, and on destroy this goes first, so that nothing waits.
resource "aws_autoscaling_lifecycle_hook" "drain" {
  name                   = local.hook_name
  autoscaling_group_name = aws_autoscaling_group.instances.name
  lifecycle_transition   = "autoscaling:EC2_INSTANCE_TERMINATING"
  heartbeat_timeout      = var.drain_timeout
  # An agent that is dead does not keep its instance.
  default_result = "CONTINUE"
}
