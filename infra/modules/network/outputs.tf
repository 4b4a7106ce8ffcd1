output "vpc_id" {
  description = "The VPC"
  value       = aws_vpc.network.id
}

output "vpc_cidr" {
  description = "Its address range"
  value       = aws_vpc.network.cidr_block
}

# Subnets are given out with their way to the internet: an instance that boots before that finds no packages and no images.
output "public_subnet_ids" {
  description = "Zone => public subnet, for load balancers"
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
  depends_on  = [aws_route.internet, aws_route_table_association.public]
}

output "public_cidr" {
  description = "Half of the range in which all public subnets lie, those of zones to come too: requests through the load balancer come from there"
  value       = cidrsubnet(var.cidr, 1, 0)
}

output "private_subnet_ids" {
  description = "Zone => private subnet, for instances"
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
  depends_on  = [aws_route.nat, aws_route_table_association.private, aws_vpc_endpoint.s3, aws_vpc_endpoint.interface]
}

output "nat_public_ips" {
  description = "Zone => public address from which its NAT gateway's requests come, for other people's allow lists"
  value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
}
