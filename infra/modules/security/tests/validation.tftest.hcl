# What is refused before anything is made. Each value breaks one rule only, and each variable that a run names must be
# refused by itself: several stand in one run because a run costs a second.

mock_provider "aws" {}

variables {
  name   = "muster-test"
  vpc_id = "vpc-1"
}

run "what_is_no_such_thing" {
  command         = plan
  expect_failures = [var.name, var.ingress_cidrs, var.public_ports, var.member_ports, var.egress_ports]

  variables {
    name          = "Muster"
    ingress_cidrs = ["anywhere"]
    public_ports  = [0]
    member_ports  = { from = 18090, to = 18081 }
    egress_ports  = [443, 70000]
  }
}

run "what_is_missing" {
  command         = plan
  expect_failures = [var.ingress_cidrs, var.public_ports, var.egress_ports]

  variables {
    ingress_cidrs = []
    public_ports  = []
    egress_ports  = [80]
  }
}

run "what_would_open_too_much_or_never_settle" {
  command         = plan
  expect_failures = [var.ingress_cidrs, var.public_ports, var.member_ports]

  variables {
    ingress_cidrs = ["203.0.113.7/24"]
    public_ports  = [22, 80]
    member_ports  = { from = 8000, to = 9000 }
  }
}

run "ports_of_the_system_are_no_members_ports" {
  command         = plan
  expect_failures = [var.member_ports]

  variables {
    member_ports = { from = 80, to = 90 }
  }
}
