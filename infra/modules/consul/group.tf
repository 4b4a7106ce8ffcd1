locals {
  # Seconds until a server that does not serve powers itself off.
  first_boot = 600
  # Seconds that a refresh waits after each new server: it must boot, join and catch up before the next one goes. One that
  # fails must be off by then, which takes some minutes where something hangs, and the group must have seen that.
  warmup = local.first_boot + 600
}

# As many as there are, always: what dies is replaced, nothing scales.
resource "aws_autoscaling_group" "servers" {
  name                      = var.name
  min_size                  = var.servers
  max_size                  = var.servers
  vpc_zone_identifier       = var.subnet_ids
  health_check_type         = "EC2"
  health_check_grace_period = 300
  default_instance_warmup   = local.warmup

  launch_template {
    id      = aws_launch_template.server.id
    version = aws_launch_template.server.latest_version
  }

  # One server at a time: the others keep the majority, and so the data. A single one loses what it knew.
  instance_refresh {
    strategy = "Rolling"

    preferences {
      min_healthy_percentage = floor(100 * (var.servers - 1) / var.servers)
      max_healthy_percentage = 100
      instance_warmup        = local.warmup
      skip_matching          = true
    }
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

  # Zones that are out of balance would be evened out by taking servers, at any time.
  suspended_processes = ["AZRebalance"]
}
