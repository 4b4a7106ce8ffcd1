output "autoscaling_group_name" {
  description = "Group of the instances"
  value       = aws_autoscaling_group.instances.name
}

output "lifecycle_hook_name" {
  description = "Termination hook that holds an instance while its members drain"
  value       = aws_autoscaling_lifecycle_hook.drain.name
}

output "member_ports" {
  description = "Ports of the members on each instance, from and to: other instances must reach them"
  value       = { from = module.instance.first_member_port, to = module.instance.last_member_port }
}

output "user_data" {
  description = "What the instances run at their first boot, before it is compressed"
  value       = module.instance.script
}
