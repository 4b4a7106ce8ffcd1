output "url" {
  description = "Where the cluster answers; with a certificate point a name that it holds at dns_name"
  value       = module.balancer.url
}

output "dns_name" {
  description = "Name of the load balancer, for a CNAME, or with zone_id for an alias in Route 53"
  value       = module.balancer.dns_name
}

output "zone_id" {
  description = "Hosted zone of that name"
  value       = module.balancer.zone_id
}

output "vpc_id" {
  description = "The VPC"
  value       = module.network.vpc_id
}

output "public_subnet_ids" {
  description = "Zone => public subnet"
  value       = module.network.public_subnet_ids
}

output "private_subnet_ids" {
  description = "Zone => private subnet"
  value       = module.network.private_subnet_ids
}

output "nat_public_ips" {
  description = "Zone => address that other people see when instances call them"
  value       = module.network.nat_public_ips
}

output "app_security_group_id" {
  description = "Group of the instances: let it into your database's group"
  value       = module.security.app_security_group_id
}

output "autoscaling_group_name" {
  description = "Group of the instances"
  value       = module.autoscaling.autoscaling_group_name
}

output "lifecycle_hook_name" {
  description = "Hook that holds an instance while its members drain"
  value       = module.autoscaling.lifecycle_hook_name
}

output "consul_autoscaling_group_name" {
  description = "Group of the Consul servers"
  value       = module.consul.autoscaling_group_name
}

output "images" {
  description = "What the instances run"
  value       = local.images
}

output "secret_parameters" {
  description = "Where the secrets lie in SSM"
  value       = local.secret_names
}
