locals {
  # The range in sixteen equal parts: the first eight are public subnets, the others private ones. A slot's part is its own
  # for good, so that adding or removing a zone moves no other.
  public_cidrs  = { for zone, slot in var.availability_zones : zone => cidrsubnet(var.cidr, 4, slot) }
  private_cidrs = { for zone, slot in var.availability_zones : zone => cidrsubnet(var.cidr, 4, 8 + slot) }
}

resource "aws_vpc" "network" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }
}

# Adopts the group that AWS makes with each VPC and takes all its rules away: what forgets to name a group gets no traffic.
resource "aws_default_security_group" "empty" {
  vpc_id = aws_vpc.network.id

  tags = { Name = "${var.name}-default-unused" }
}

resource "aws_subnet" "public" {
  for_each = local.public_cidrs

  vpc_id                  = aws_vpc.network.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-public-${each.key}", Tier = "public" }
}

resource "aws_subnet" "private" {
  for_each = local.private_cidrs

  vpc_id                  = aws_vpc.network.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-private-${each.key}", Tier = "private" }
}
