locals {
  first_zone = one([for zone, slot in var.availability_zones : zone if slot == min(values(var.availability_zones)...)])

  # Zone of a private subnet => zone of the NAT gateway that it uses.
  nat_zone_of = var.nat_mode == "none" ? {} : {
    for zone in keys(var.availability_zones) : zone => var.nat_mode == "per_az" ? zone : local.first_zone
  }
}

resource "aws_internet_gateway" "network" {
  vpc_id = aws_vpc.network.id

  tags = { Name = var.name }
}

resource "aws_eip" "nat" {
  for_each = toset(values(local.nat_zone_of))

  domain = "vpc"

  tags = { Name = "${var.name}-nat-${each.key}" }

  # AWS: an address may need the internet gateway, and is released before it.
  depends_on = [aws_internet_gateway.network]
}

resource "aws_nat_gateway" "nat" {
  for_each = aws_eip.nat

  allocation_id = each.value.id
  subnet_id     = aws_subnet.public[each.key].id

  tags = { Name = "${var.name}-${each.key}" }

  depends_on = [aws_internet_gateway.network]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.network.id

  tags = { Name = "${var.name}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.network.id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  route_table_id = aws_route_table.public.id
  subnet_id      = each.value.id
}

# One table per zone, whatever nat_mode says: a later change of mode then replaces routes, not tables.
resource "aws_route_table" "private" {
  for_each = var.availability_zones

  vpc_id = aws_vpc.network.id

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route" "nat" {
  for_each = local.nat_zone_of

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.nat[each.value].id
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  route_table_id = aws_route_table.private[each.key].id
  subnet_id      = each.value.id
}
