# Three groups, by what stands in them. Rules are resources of their own, so that yours can be added beside them.

resource "aws_security_group" "balancer" {
  name_prefix = "${var.name}-balancer-"
  description = "Load balancer: the only one that is open to the world"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-balancer" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "app" {
  name_prefix = "${var.name}-app-"
  description = "Instances with balancer and members: reached by the load balancer, by each other and by Consul"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-app" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "consul" {
  name_prefix = "${var.name}-consul-"
  description = "Consul servers: reached by instances and by each other"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-consul" }

  lifecycle {
    create_before_destroy = true
  }
}
