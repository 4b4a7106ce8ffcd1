# The group: who decides about an instance, how it is replaced, and what holds it while it drains.

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

run "group" {
  assert {
    condition     = aws_autoscaling_group.instances.health_check_type == "ELB" && aws_autoscaling_group.instances.target_group_arns == toset(var.target_group_arns)
    error_message = "The load balancer's health checks decide about an instance."
  }

  assert {
    condition     = aws_autoscaling_group.instances.min_size == 2 && aws_autoscaling_group.instances.max_size == 6 && aws_autoscaling_group.instances.vpc_zone_identifier == toset(["subnet-0a", "subnet-0b"])
    error_message = "The group has the given sizes, in all zones."
  }

  assert {
    condition     = aws_autoscaling_group.instances.launch_template[0].version == "7"
    error_message = "The group names a number of the launch template: $Latest would start no refresh."
  }

  assert {
    condition = (
      aws_autoscaling_group.instances.instance_refresh[0].strategy == "Rolling"
      && aws_autoscaling_group.instances.instance_refresh[0].preferences[0].min_healthy_percentage == 100
      && aws_autoscaling_group.instances.instance_refresh[0].preferences[0].max_healthy_percentage == 150
      && aws_autoscaling_group.instances.instance_refresh[0].preferences[0].instance_warmup == "360"
      && aws_autoscaling_group.instances.instance_refresh[0].preferences[0].auto_rollback != true
    )
    error_message = "A new launch template replaces instances, new ones first, and no further one before the last is known to be healthy."
  }

  assert {
    condition = (
      aws_autoscaling_group.instances.instance_maintenance_policy[0].min_healthy_percentage == 100
      && aws_autoscaling_group.instances.instance_maintenance_policy[0].max_healthy_percentage == 150
    )
    error_message = "An instance that fails its health check ends after a new one is in service."
  }

  assert {
    condition     = length(aws_autoscaling_group.instances.initial_lifecycle_hook) == 0
    error_message = "The hook stands apart: changes of an initial one do not reach AWS."
  }

  assert {
    condition     = length(aws_autoscaling_group.instances.mixed_instances_policy) == 0 && !aws_autoscaling_group.instances.capacity_rebalance
    error_message = "On demand, unless spot is asked for."
  }

  assert {
    condition     = { for one in aws_autoscaling_group.instances.tag : one.key => one.value } == { Project = "muster", Name = "muster-app" } && !anytrue([for one in aws_autoscaling_group.instances.tag : one.propagate_at_launch])
    error_message = "The group carries the default tags; the launch template gives them on."
  }
}

run "drain" {
  variables {
    drain_timeout = 600
  }

  assert {
    condition     = aws_autoscaling_lifecycle_hook.drain.lifecycle_transition == "autoscaling:EC2_INSTANCE_TERMINATING"
    error_message = "The hook holds instances that end."
  }

  assert {
    condition     = aws_autoscaling_lifecycle_hook.drain.default_result == "CONTINUE" && aws_autoscaling_lifecycle_hook.drain.heartbeat_timeout == 600
    error_message = "The hook waits as long as asked, and a dead agent does not keep its instance."
  }

  assert {
    condition     = aws_autoscaling_lifecycle_hook.drain.autoscaling_group_name == "muster-app" && output.lifecycle_hook_name == "muster-app-drain"
    error_message = "The hook belongs to the group."
  }
}

run "spot" {
  variables {
    spot = { instance_types = ["t4g.small", "t4g.medium", "c7g.medium"], on_demand_base_capacity = 1 }
  }

  assert {
    condition     = aws_autoscaling_group.instances.capacity_rebalance && length(aws_autoscaling_group.instances.launch_template) == 0
    error_message = "Instances at risk are replaced before they are taken."
  }

  assert {
    condition = (
      aws_autoscaling_group.instances.mixed_instances_policy[0].instances_distribution[0].on_demand_base_capacity == 1
      && aws_autoscaling_group.instances.mixed_instances_policy[0].instances_distribution[0].on_demand_percentage_above_base_capacity == 0
      && aws_autoscaling_group.instances.mixed_instances_policy[0].instances_distribution[0].spot_allocation_strategy == "price-capacity-optimized"
    )
    error_message = "One on demand, the rest spot, where there is most of it for the price."
  }

  assert {
    condition     = aws_autoscaling_group.instances.mixed_instances_policy[0].launch_template[0].override[*].instance_type == tolist(["t4g.small", "t4g.medium", "c7g.medium"])
    error_message = "All the types may be taken."
  }

  assert {
    condition     = aws_autoscaling_group.instances.mixed_instances_policy[0].launch_template[0].launch_template_specification[0].version == "7"
    error_message = "The group names a number of the launch template: $Latest would start no refresh."
  }
}
