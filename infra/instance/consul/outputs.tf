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
