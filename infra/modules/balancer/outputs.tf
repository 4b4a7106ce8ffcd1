output "dns_name" {
  description = "Name under which clients reach it"
  value       = aws_lb.balancer.dns_name
}

output "zone_id" {
  description = "Hosted zone of that name, for an alias record of yours in Route 53"
  value       = aws_lb.balancer.zone_id
}

output "url" {
  description = "Where to point a browser; with a certificate only a name that it holds will do"
  value       = "${local.secure ? "https" : "http"}://${aws_lb.balancer.dns_name}/"
}

# An Auto Scaling Group with ELB health checks replaces instances whose target group no listener uses: they are never healthy.
output "target_group_arn" {
  description = "Group that instances register in; known only when requests reach it"
  value       = aws_lb_target_group.instances.arn
  depends_on  = [aws_lb_listener.http, aws_lb_listener.https]
}
