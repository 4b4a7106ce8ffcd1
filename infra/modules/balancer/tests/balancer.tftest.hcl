# What the load balancer does with requests, and how it judges instances.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name              = "muster-test"
  vpc_id            = "vpc-1"
  subnet_ids        = ["subnet-1", "subnet-2"]
  security_group_id = "sg-1"
}

run "plain_http_is_forwarded_to_the_instances" {
  assert {
    condition = (
      aws_lb_listener.http.port == 80 && aws_lb_listener.http.protocol == "HTTP" &&
      aws_lb_listener.http.default_action[0].type == "forward" &&
      aws_lb_listener.http.default_action[0].target_group_arn == aws_lb_target_group.instances.arn &&
      length(aws_lb_listener.https) == 0
    )
    error_message = "Without a certificate there must be one listener, which forwards."
  }

  assert {
    condition     = output.url == "http://muster-test-1.eu-central-1.elb.amazonaws.com/"
    error_message = "url must be the plain address."
  }
}

run "it_is_open_protected_and_strict_about_headers" {
  assert {
    condition = (
      !aws_lb.balancer.internal && aws_lb.balancer.load_balancer_type == "application" &&
      aws_lb.balancer.subnets == toset(["subnet-1", "subnet-2"]) && aws_lb.balancer.security_groups == toset(["sg-1"])
    )
    error_message = "It must face the internet, in the given subnets, with the given group only."
  }

  assert {
    condition     = aws_lb.balancer.enable_deletion_protection && aws_lb.balancer.drop_invalid_header_fields
    error_message = "It must refuse deletion and drop invalid headers."
  }

  assert {
    condition     = aws_lb.balancer.xff_header_processing_mode == "append"
    error_message = "The client's address must be appended to X-Forwarded-For: instances trust the last entry."
  }

  assert {
    condition     = length(aws_lb.balancer.access_logs) == 0
    error_message = "No bucket, no access logs."
  }
}

run "instances_are_judged_by_healthz_and_leave_within_a_minute" {
  assert {
    condition = (
      aws_lb_target_group.instances.health_check[0].path == "/healthz" &&
      aws_lb_target_group.instances.health_check[0].matcher == "200" &&
      aws_lb_target_group.instances.health_check[0].port == "traffic-port" &&
      aws_lb_target_group.instances.health_check[0].interval > aws_lb_target_group.instances.health_check[0].timeout
    )
    error_message = "The health check must ask /healthz on the port of the traffic."
  }

  assert {
    condition     = aws_lb_target_group.instances.deregistration_delay == "60" && aws_lb.balancer.idle_timeout == 60
    error_message = "The two delays must have their defaults."
  }

  assert {
    condition = (
      aws_lb_target_group.instances.port == 80 && aws_lb_target_group.instances.protocol == "HTTP" &&
      aws_lb_target_group.instances.target_type == "instance" && aws_lb_target_group.instances.vpc_id == "vpc-1"
    )
    error_message = "Targets must be instances of the VPC, on port 80."
  }
}

run "with_a_certificate_requests_are_served_by_https_only" {
  variables {
    certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0f0f-1"
  }

  assert {
    condition = (
      aws_lb_listener.http.default_action[0].type == "redirect" &&
      aws_lb_listener.http.default_action[0].redirect[0].protocol == "HTTPS" &&
      aws_lb_listener.http.default_action[0].redirect[0].port == "443" &&
      aws_lb_listener.http.default_action[0].redirect[0].status_code == "HTTP_301" &&
      aws_lb_listener.http.default_action[0].target_group_arn != aws_lb_target_group.instances.arn
    )
    error_message = "Plain HTTP must be redirected, not served."
  }

  assert {
    condition = (
      aws_lb_listener.https[0].port == 443 && aws_lb_listener.https[0].protocol == "HTTPS" &&
      aws_lb_listener.https[0].certificate_arn == var.certificate_arn &&
      strcontains(aws_lb_listener.https[0].ssl_policy, "TLS13") &&
      aws_lb_listener.https[0].default_action[0].type == "forward" &&
      aws_lb_listener.https[0].default_action[0].target_group_arn == aws_lb_target_group.instances.arn
    )
    error_message = "HTTPS must serve with the given certificate and a current set of ciphers."
  }

  assert {
    condition     = output.url == "https://muster-test-1.eu-central-1.elb.amazonaws.com/"
    error_message = "url must be the secure address."
  }
}

run "values_are_those_that_were_given" {
  variables {
    health_check_path    = "/alive"
    deregistration_delay = 120
    idle_timeout         = 300
    deletion_protection  = false
    access_logs_bucket   = "my-logs"
  }

  assert {
    condition     = aws_lb_target_group.instances.deregistration_delay == "120" && aws_lb_target_group.instances.health_check[0].path == "/alive"
    error_message = "The target group must take its values from the variables."
  }

  assert {
    condition = (
      aws_lb.balancer.idle_timeout == 300 && !aws_lb.balancer.enable_deletion_protection &&
      aws_lb.balancer.access_logs[0].bucket == "my-logs" && aws_lb.balancer.access_logs[0].enabled &&
      aws_lb.balancer.access_logs[0].prefix == "muster-test"
    )
    error_message = "The load balancer must take its values from the variables."
  }
}
