# What is refused before anything is built. Each value breaks one rule only, and each variable that a run names must be refused
# by itself.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "muster-app"
}

run "patterns_open_more_than_is_meant" {
  command         = plan
  expect_failures = [var.name, var.autoscaling_group_names, var.ssm_parameter_names, var.ecr_repository_arns]

  variables {
    name                    = "muster*"
    autoscaling_group_names = ["*"]
    ssm_parameter_names     = ["/muster/*"]
    ecr_repository_arns     = ["*"]
  }
}

run "what_is_no_such_thing" {
  command         = plan
  expect_failures = [var.ssm_parameter_names, var.ecr_repository_arns]

  variables {
    ssm_parameter_names = ["gossip-key"]
    ecr_repository_arns = ["muster-ha"]
  }
}
