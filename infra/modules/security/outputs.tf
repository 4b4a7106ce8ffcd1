# Each group is given out with its rules: what stands in a group before them cannot reach anything.
output "balancer_security_group_id" {
  description = "Group of the load balancer"
  value       = aws_security_group.balancer.id
  depends_on  = [aws_vpc_security_group_ingress_rule.public, aws_vpc_security_group_egress_rule.between]
}

output "app_security_group_id" {
  description = "Group of the instances"
  value       = aws_security_group.app.id
  depends_on  = [aws_vpc_security_group_ingress_rule.between, aws_vpc_security_group_egress_rule.between, aws_vpc_security_group_egress_rule.world]
}

output "consul_security_group_id" {
  description = "Group of the Consul servers"
  value       = aws_security_group.consul.id
  depends_on  = [aws_vpc_security_group_ingress_rule.between, aws_vpc_security_group_egress_rule.between, aws_vpc_security_group_egress_rule.world]
}
