output "script" {
  description = "The user data as it runs"
  value       = module.bootstrap.script
}

output "user_data" {
  description = "The user data as EC2 takes it: gzip, then base64"
  value       = module.bootstrap.user_data
}

output "bytes" {
  description = "Size that EC2 counts"
  value       = module.bootstrap.bytes
}

output "first_member_port" {
  description = "Port of the first member"
  value       = local.member_port + 1
}

output "last_member_port" {
  description = "Port of the last member"
  value       = local.member_port + var.members
}
