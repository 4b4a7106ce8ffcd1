output "retry_join" {
  description = "How Consul agents find the servers: a value for -retry-join"
  value       = local.retry_join
}

output "autoscaling_group_name" {
  description = "Group of the servers"
  value       = aws_autoscaling_group.servers.name
}

output "user_data" {
  description = "What the servers run at their first boot, before it is compressed"
  value       = module.instance.script
}
