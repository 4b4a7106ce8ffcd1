# Who reaches the internet, and through what.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name = "muster-test"
  cidr = "10.20.0.0/16"
  availability_zones = {
    eu-central-1a = 0
    eu-central-1b = 1
    eu-central-1c = 4
  }
}

run "a_private_subnet_uses_the_nat_gateway_of_its_own_zone" {
  assert {
    condition     = toset(keys(aws_route.nat)) == toset(["eu-central-1a", "eu-central-1b", "eu-central-1c"])
    error_message = "Each zone needs a way out for its private subnet."
  }

  assert {
    condition = alltrue([for zone, route in aws_route.nat :
      route.nat_gateway_id == aws_nat_gateway.nat[zone].id && route.destination_cidr_block == "0.0.0.0/0"
    ])
    error_message = "The private route of a zone leads to the NAT gateway of another zone."
  }

  assert {
    condition = alltrue([for zone, association in aws_route_table_association.private :
      association.subnet_id == aws_subnet.private[zone].id &&
      association.route_table_id == aws_route_table.private[zone].id &&
      association.route_table_id == aws_route.nat[zone].route_table_id
    ])
    error_message = "A private subnet does not use the route table of its own zone."
  }

  assert {
    condition     = alltrue([for zone, gateway in aws_nat_gateway.nat : gateway.subnet_id == aws_subnet.public[zone].id])
    error_message = "A NAT gateway must stand in the public subnet of its zone."
  }

  assert {
    condition = alltrue([for zone, gateway in aws_nat_gateway.nat : gateway.allocation_id == aws_eip.nat[zone].id]) && (
      length(distinct([for gateway in aws_nat_gateway.nat : gateway.allocation_id])) == 3
    )
    error_message = "Each NAT gateway needs an elastic IP of its own."
  }

  assert {
    condition     = length(distinct([for table in aws_route_table.private : table.id])) == 3
    error_message = "Each zone needs a private route table of its own."
  }

  assert {
    condition     = output.nat_public_ips == { for zone, address in aws_eip.nat : zone => address.public_ip }
    error_message = "nat_public_ips must tell each zone's own address."
  }
}

run "only_public_subnets_lead_to_the_internet_gateway" {
  assert {
    condition = (
      aws_route.internet.gateway_id == aws_internet_gateway.network.id &&
      aws_route.internet.route_table_id == aws_route_table.public.id &&
      aws_route.internet.destination_cidr_block == "0.0.0.0/0"
    )
    error_message = "The public table must lead to the internet gateway."
  }

  assert {
    condition = alltrue([for zone, association in aws_route_table_association.public :
      association.subnet_id == aws_subnet.public[zone].id && association.route_table_id == aws_route_table.public.id
    ])
    error_message = "Each public subnet must use the public table."
  }

  assert {
    condition     = !contains([for table in aws_route_table.private : table.id], aws_route.internet.route_table_id)
    error_message = "A private table leads straight to the internet."
  }

  assert {
    condition     = alltrue([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : !subnet.map_public_ip_on_launch])
    error_message = "No subnet may hand out public addresses by itself."
  }

  assert {
    condition     = aws_internet_gateway.network.vpc_id == aws_vpc.network.id
    error_message = "The internet gateway must belong to the VPC."
  }
}

run "single_is_one_gateway_in_the_zone_of_the_lowest_slot" {
  variables {
    nat_mode = "single"
    # The order of names is not the order of slots.
    availability_zones = { eu-central-1a = 3, eu-central-1b = 1, eu-central-1c = 2 }
  }

  assert {
    condition     = toset(keys(aws_nat_gateway.nat)) == toset(["eu-central-1b"]) && toset(keys(aws_eip.nat)) == toset(["eu-central-1b"])
    error_message = "single must make one gateway with one address, in the zone of the lowest slot."
  }

  assert {
    condition = length(aws_route.nat) == 3 && alltrue([for zone, route in aws_route.nat :
      route.nat_gateway_id == aws_nat_gateway.nat["eu-central-1b"].id && route.route_table_id == aws_route_table.private[zone].id
    ])
    error_message = "With single all zones must use the one gateway."
  }
}

run "none_has_no_way_out_and_costs_no_address" {
  variables {
    nat_mode = "none"
  }

  assert {
    condition     = length(aws_nat_gateway.nat) == 0 && length(aws_eip.nat) == 0 && length(aws_route.nat) == 0
    error_message = "none must make no gateway, no address and no route."
  }

  assert {
    condition     = length(aws_route_table.private) == 3 && length(aws_route_table_association.private) == 3
    error_message = "Private tables stay with none, so that the S3 endpoint has somewhere to be."
  }
}

run "s3_is_reached_by_a_gateway_endpoint_from_every_private_subnet" {
  assert {
    condition = (
      aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" &&
      aws_vpc_endpoint.s3.service_name == "com.amazonaws.eu-central-1.s3" &&
      aws_vpc_endpoint.s3.route_table_ids == toset([for table in aws_route_table.private : table.id])
    )
    error_message = "The S3 endpoint must be a gateway in all private tables."
  }
}
