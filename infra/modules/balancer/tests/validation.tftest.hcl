# What is refused before anything is made. Each value breaks one rule only, and each variable that a run names must be
# refused by itself: several stand in one run because a run costs a second.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name              = "muster-test"
  vpc_id            = "vpc-1"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
}

run "what_is_no_such_thing" {
  command = plan
  expect_failures = [
    var.name, var.subnet_ids, var.health_check_path, var.deregistration_delay, var.idle_timeout, var.certificate_arn,
    var.access_logs_bucket,
  ]

  variables {
    name                 = "Muster"
    subnet_ids           = ["subnet-1"]
    health_check_path    = "healthz"
    deregistration_delay = -1
    idle_timeout         = 0
    certificate_arn      = "arn:aws:iam::123456789012:server-certificate/old"
    access_logs_bucket   = "arn:aws:s3:::logs"
  }
}

run "what_is_too_much" {
  command         = plan
  expect_failures = [var.name, var.deregistration_delay, var.idle_timeout]

  variables {
    name                 = "muster-0123456789-0123456789x"
    deregistration_delay = 3601
    idle_timeout         = 4001
  }
}

run "names_that_aws_keeps_or_does_not_know_and_a_path_that_tells_of_one_member" {
  command         = plan
  expect_failures = [var.name, var.health_check_path]

  variables {
    name              = "internal-muster"
    health_check_path = "/readyz"
  }
}
