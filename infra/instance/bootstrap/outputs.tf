output "script" {
  description = "The user data as it runs"
  value       = local.script
}

output "user_data" {
  description = "The user data as EC2 takes it: gzip, then base64"
  value       = local.user_data
}

output "bytes" {
  description = "Size that EC2 counts, of the gzip; it takes 16384 at most"
  value       = length(local.user_data) / 4 * 3 - length(regex("=*$", local.user_data))
}
