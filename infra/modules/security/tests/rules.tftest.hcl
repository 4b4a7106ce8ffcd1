# Who may open a connection to whom.

mock_provider "aws" {}

variables {
  name         = "muster-test"
  vpc_id       = "vpc-1"
  public_ports = [80, 443]
}

run "only_the_balancer_is_open_to_the_world" {
  assert {
    condition = length(aws_vpc_security_group_ingress_rule.public) == 2 && alltrue([
      for rule in aws_vpc_security_group_ingress_rule.public :
      rule.security_group_id == aws_security_group.balancer.id && rule.cidr_ipv4 == "0.0.0.0/0" &&
      rule.ip_protocol == "tcp" && rule.from_port == rule.to_port && contains([80, 443], rule.from_port)
    ])
    error_message = "The world may reach the balancer's public ports, and no other group or port."
  }

  assert {
    condition = alltrue([for rule in aws_vpc_security_group_ingress_rule.between :
      rule.cidr_ipv4 == null && rule.cidr_ipv6 == null && rule.prefix_list_id == null && rule.referenced_security_group_id != null
    ])
    error_message = "Every rule inside must name a group, not an address."
  }

  assert {
    condition = alltrue([for group in [aws_security_group.balancer, aws_security_group.app, aws_security_group.consul] :
      group.vpc_id == "vpc-1"
    ])
    error_message = "All groups must stand in the VPC that was given."
  }
}

# Every connection that is let in, written out: who, to whom, by what, from port, to port.
run "connections_let_in_are_these_and_no_others" {
  assert {
    condition = toset([for rule in aws_vpc_security_group_ingress_rule.between : join(" ", [
      lookup({
        (aws_security_group.balancer.id) = "balancer", (aws_security_group.app.id) = "app", (aws_security_group.consul.id) = "consul"
      }, rule.referenced_security_group_id, "?"),
      lookup({
        (aws_security_group.balancer.id) = "balancer", (aws_security_group.app.id) = "app", (aws_security_group.consul.id) = "consul"
      }, rule.security_group_id, "?"),
      rule.ip_protocol, rule.from_port, rule.to_port,
      ])]) == toset([
      "balancer app tcp 80 80",
      "app app tcp 18081 18099",
      "app consul tcp 8300 8300",
      "consul consul tcp 8300 8300",
      "app app tcp 8301 8301", "app app udp 8301 8301",
      "app consul tcp 8301 8301", "app consul udp 8301 8301",
      "consul app tcp 8301 8301", "consul app udp 8301 8301",
      "consul consul tcp 8301 8301", "consul consul udp 8301 8301",
    ])
    error_message = "The connections let in changed: is it meant so? Then change this list too."
  }

  assert {
    condition = alltrue([for key, rule in aws_vpc_security_group_egress_rule.between :
      rule.security_group_id == aws_vpc_security_group_ingress_rule.between[key].referenced_security_group_id &&
      rule.referenced_security_group_id == aws_vpc_security_group_ingress_rule.between[key].security_group_id &&
      rule.ip_protocol == aws_vpc_security_group_ingress_rule.between[key].ip_protocol &&
      rule.from_port == aws_vpc_security_group_ingress_rule.between[key].from_port &&
      rule.to_port == aws_vpc_security_group_ingress_rule.between[key].to_port
    ]) && toset(keys(aws_vpc_security_group_egress_rule.between)) == toset(keys(aws_vpc_security_group_ingress_rule.between))
    error_message = "What is let in at one end must be let out at the other."
  }

  assert {
    condition = !anytrue([for rule in concat(values(aws_vpc_security_group_ingress_rule.between), values(aws_vpc_security_group_ingress_rule.public)) :
      rule.ip_protocol == "-1" || (rule.from_port <= 22 && rule.to_port >= 22)
    ])
    error_message = "No rule may open SSH, or everything."
  }
}

run "ports_and_ranges_are_those_that_were_given" {
  variables {
    ingress_cidrs = ["203.0.113.0/24", "198.51.100.0/24"]
    public_ports  = [8080]
    member_ports  = { from = 18081, to = 18082 }
    egress_ports  = [443, 5432]
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.public : "${rule.cidr_ipv4} ${rule.from_port}"]) == toset(["203.0.113.0/24 8080", "198.51.100.0/24 8080"])
    error_message = "Only the given ranges may reach the given ports."
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.between["members"].from_port == 18081 && aws_vpc_security_group_ingress_rule.between["members"].to_port == 18082
    )
    error_message = "Members' ports must be those given."
  }

  # The load balancer has no such rule: it can reach the instances' balancer port and nothing else.
  assert {
    condition = toset([for rule in aws_vpc_security_group_egress_rule.world : "${rule.security_group_id} ${rule.ip_protocol} ${rule.from_port}-${rule.to_port}"]) == toset(flatten([
      for group in [aws_security_group.app.id, aws_security_group.consul.id] : ["${group} tcp 443-443", "${group} tcp 5432-5432"]
    ]))
    error_message = "Only instances may reach the world, and only by egress_ports."
  }
}
