# What is refused before anything is made. Each value breaks one rule only, and each variable that a run names must be
# refused by itself: several stand in one run because a run costs a second.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "muster-test"
  cidr               = "10.20.0.0/16"
  availability_zones = { eu-central-1a = 0, eu-central-1b = 1 }
}

run "what_is_no_such_thing" {
  command         = plan
  expect_failures = [var.name, var.cidr, var.availability_zones, var.nat_mode, var.interface_endpoints, var.flow_log_retention_days]

  variables {
    name                    = "Muster"
    cidr                    = "10.20.0.0"
    availability_zones      = { eu-central-1 = 0, eu-central-1b = 1 }
    nat_mode                = "one"
    interface_endpoints     = ["com.amazonaws/ssm"]
    flow_log_retention_days = 10
  }
}

run "what_ends_badly" {
  command         = plan
  expect_failures = [var.name, var.cidr, var.availability_zones, var.interface_endpoints]

  variables {
    name                = "muster-"
    cidr                = "10.20.0.1/16"
    availability_zones  = { eu-central-1a = 0, eu-central-1b = 1.5 }
    interface_endpoints = ["s3"]
  }
}

run "what_is_too_much" {
  command         = plan
  expect_failures = [var.name, var.cidr, var.availability_zones]

  variables {
    name               = "muster-0123456789-0123456789x"
    cidr               = "10.0.0.0/15"
    availability_zones = { eu-central-1a = 0, eu-central-1b = 8 }
  }
}

run "what_is_too_little" {
  command         = plan
  expect_failures = [var.cidr, var.availability_zones]

  variables {
    cidr               = "10.20.0.0/23"
    availability_zones = { eu-central-1a = 0 }
  }
}

run "two_zones_with_one_slot_and_where_docker_takes_its_networks" {
  command         = plan
  expect_failures = [var.cidr, var.availability_zones]

  variables {
    cidr               = "172.18.0.0/16"
    availability_zones = { eu-central-1a = 1, eu-central-1b = 1 }
  }
}

run "where_docker_takes_its_other_networks" {
  command         = plan
  expect_failures = [var.cidr]

  variables {
    cidr = "192.168.0.0/16"
  }
}

run "ipv6" {
  command         = plan
  expect_failures = [var.cidr]

  variables {
    cidr = "fd00::/16"
  }
}

run "the_first_part_of_172_is_not_dockers" {
  command = plan

  variables {
    cidr = "172.16.0.0/16"
  }
}
