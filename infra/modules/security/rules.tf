locals {
  groups = {
    balancer = aws_security_group.balancer.id
    app      = aws_security_group.app.id
    consul   = aws_security_group.consul.id
  }

  # Who may open a connection to whom. Each row is allowed at both ends; what is in no row does not get through.
  # Answers need no row. There is none for SSH, nor for Consul's HTTP API: agents give that to their own host only.
  flows = {
    traffic                = { from = "balancer", to = "app", protocol = "tcp", ports = { from = 80, to = 80 }, why = "Requests and health checks" }
    members                = { from = "app", to = "app", protocol = "tcp", ports = var.member_ports, why = "Members that balancers of other instances use" }
    consul-rpc-of-apps     = { from = "app", to = "consul", protocol = "tcp", ports = { from = 8300, to = 8300 }, why = "Consul agents ask servers" }
    consul-rpc-of-servers  = { from = "consul", to = "consul", protocol = "tcp", ports = { from = 8300, to = 8300 }, why = "Consul servers replicate" }
    gossip-app-app-tcp     = { from = "app", to = "app", protocol = "tcp", ports = local.gossip, why = "Consul gossip" }
    gossip-app-app-udp     = { from = "app", to = "app", protocol = "udp", ports = local.gossip, why = "Consul gossip" }
    gossip-app-consul-tcp  = { from = "app", to = "consul", protocol = "tcp", ports = local.gossip, why = "Consul gossip" }
    gossip-app-consul-udp  = { from = "app", to = "consul", protocol = "udp", ports = local.gossip, why = "Consul gossip" }
    gossip-consul-app-tcp  = { from = "consul", to = "app", protocol = "tcp", ports = local.gossip, why = "Consul gossip" }
    gossip-consul-app-udp  = { from = "consul", to = "app", protocol = "udp", ports = local.gossip, why = "Consul gossip" }
    gossip-consul-both-tcp = { from = "consul", to = "consul", protocol = "tcp", ports = local.gossip, why = "Consul gossip" }
    gossip-consul-both-udp = { from = "consul", to = "consul", protocol = "udp", ports = local.gossip, why = "Consul gossip" }
  }
  gossip = { from = 8301, to = 8301 }

  open   = { for pair in setproduct(var.ingress_cidrs, var.public_ports) : "${pair[0]}:${pair[1]}" => { cidr = pair[0], port = pair[1] } }
  egress = { for pair in setproduct(["app", "consul"], var.egress_ports) : "${pair[0]}:${pair[1]}" => { group = pair[0], port = pair[1] } }
}

resource "aws_vpc_security_group_ingress_rule" "public" {
  for_each = local.open

  security_group_id = local.groups.balancer
  description       = "Clients"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port

  tags = { Name = "${var.name}-public" }
}

resource "aws_vpc_security_group_ingress_rule" "between" {
  for_each = local.flows

  security_group_id            = local.groups[each.value.to]
  referenced_security_group_id = local.groups[each.value.from]
  description                  = each.value.why
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.ports.from
  to_port                      = each.value.ports.to

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "between" {
  for_each = local.flows

  security_group_id            = local.groups[each.value.from]
  referenced_security_group_id = local.groups[each.value.to]
  description                  = each.value.why
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.ports.from
  to_port                      = each.value.ports.to

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "world" {
  for_each = local.egress

  security_group_id = local.groups[each.value.group]
  description       = "Packages, images, AWS, and what the app calls"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port

  tags = { Name = "${var.name}-egress" }
}
