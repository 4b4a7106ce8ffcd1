# Where subnets lie, and that a zone's place is its own for good.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "muster-test"
  cidr               = "10.20.0.0/16"
  availability_zones = { eu-central-1a = 0, eu-central-1b = 1 }
}

run "two_zones" {
  assert {
    condition = { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == {
      eu-central-1a = "10.20.0.0/20", eu-central-1b = "10.20.16.0/20"
    }
    error_message = "Public subnets must lie in the lower half, by slot."
  }

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == {
      eu-central-1a = "10.20.128.0/20", eu-central-1b = "10.20.144.0/20"
    }
    error_message = "Private subnets must lie in the upper half, by slot."
  }

  assert {
    condition = alltrue(concat(
      [for zone, subnet in aws_subnet.public : subnet.availability_zone == zone],
      [for zone, subnet in aws_subnet.private : subnet.availability_zone == zone],
    ))
    error_message = "A subnet must stand in the zone that it is named by."
  }

  assert {
    condition     = output.public_cidr == "10.20.0.0/17" && output.vpc_cidr == "10.20.0.0/16"
    error_message = "public_cidr must be the half that holds all public subnets."
  }
}

# The same state as above: Terraform would have to replace a subnet to move it, and its id would change.
run "a_third_zone_moves_no_other" {
  variables {
    # In the map's order it comes first.
    availability_zones = { eu-central-1a = 0, eu-central-1b = 1, eu-central-0a = 2 }
  }

  assert {
    condition = (
      output.public_subnet_ids["eu-central-1a"] == run.two_zones.public_subnet_ids["eu-central-1a"] &&
      output.public_subnet_ids["eu-central-1b"] == run.two_zones.public_subnet_ids["eu-central-1b"] &&
      output.private_subnet_ids["eu-central-1a"] == run.two_zones.private_subnet_ids["eu-central-1a"] &&
      output.private_subnet_ids["eu-central-1b"] == run.two_zones.private_subnet_ids["eu-central-1b"] &&
      output.nat_public_ips["eu-central-1a"] == run.two_zones.nat_public_ips["eu-central-1a"] &&
      output.nat_public_ips["eu-central-1b"] == run.two_zones.nat_public_ips["eu-central-1b"] &&
      output.vpc_id == run.two_zones.vpc_id
    )
    error_message = "Adding a zone replaced something of the zones that were there."
  }

  assert {
    condition     = aws_subnet.public["eu-central-0a"].cidr_block == "10.20.32.0/20" && aws_subnet.private["eu-central-0a"].cidr_block == "10.20.160.0/20"
    error_message = "The third zone must get the addresses of its slot."
  }
}

run "eight_zones_in_the_smallest_vpc_share_no_address" {
  variables {
    cidr = "10.20.4.0/22"
    availability_zones = {
      us-east-1a = 0, us-east-1b = 1, us-east-1c = 2, us-east-1d = 3, us-east-1e = 4, us-east-1f = 5, us-east-1g = 6, us-east-1h = 7
    }
  }

  assert {
    condition = length(distinct([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : subnet.cidr_block])) == 16 && alltrue(
      [for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : endswith(subnet.cidr_block, "/26")]
    )
    error_message = "Sixteen subnets need sixteen ranges."
  }
}
