import { strict as assert } from 'node:assert';
import {
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
} from '@aws-sdk/client-ec2';
import { EXPECTED, given, only, type Stage } from './stage.js';

/** Tests of where subnets lie and how they reach the internet. */
export function testNetwork(stage: () => Stage): void {
  it('has a public and a private subnet in each of two zones', async () => {
    const { outputs, account } = stage();
    const { Subnets: subnets = [] } = await account.ec2.send(new DescribeSubnetsCommand({ Filters: [inVpc(stage())] }));
    assert.equal(subnets.length, 4);
    assert.ok(subnets.every((subnet) => subnet.MapPublicIpOnLaunch === false));
    const zoneOf = new Map(subnets.map((subnet) => [subnet.SubnetId, subnet.AvailabilityZone]));
    for (const ids of [outputs.public_subnet_ids, outputs.private_subnet_ids]) {
      assert.equal(Object.keys(ids).length, 2);
      for (const [zone, id] of Object.entries(ids)) assert.equal(zoneOf.get(id), zone);
    }
  });

  it('leads a private subnet to a NAT gateway, of its own zone where there is one in each', async () => {
    const { name, outputs } = stage();
    const nats = await natGateways(stage());
    assert.equal(nats.length, EXPECTED[name].natGateways);
    const publicZone = new Map(Object.entries(outputs.public_subnet_ids).map(([zone, id]) => [id, zone]));
    for (const [zone, subnet] of Object.entries(outputs.private_subnet_ids)) {
      const target = (await defaultRoute(stage(), subnet)).NatGatewayId;
      const nat = only(
        nats.filter((one) => one.NatGatewayId === target),
        `NAT gateway of the private subnet of ${zone}`,
      );
      const stands = publicZone.get(given(nat.SubnetId, 'subnet of the NAT gateway'));
      assert.ok(stands === zone || nats.length === 1, `${zone} uses the NAT gateway of ${stands}`);
    }
  });

  it('gives each NAT gateway an elastic IP of its own', async () => {
    const { account, outputs } = stage();
    const used = (await natGateways(stage())).map(
      (nat) => only(nat.NatGatewayAddresses, 'address of a NAT gateway').AllocationId,
    );
    assert.equal(new Set(used).size, used.length);
    const { Addresses: addresses = [] } = await account.ec2.send(
      new DescribeAddressesCommand({ AllocationIds: used.map(String) }),
    );
    assert.deepEqual(addresses.map((one) => String(one.PublicIp)).sort(), Object.values(outputs.nat_public_ips).sort());
  });

  it('leads public subnets to the internet gateway', async () => {
    for (const subnet of Object.values(stage().outputs.public_subnet_ids))
      assert.match(String((await defaultRoute(stage(), subnet)).GatewayId), /^igw-/);
  });

  it('reaches S3 by a gateway endpoint', async () => {
    const answer = await stage().account.ec2.send(new DescribeVpcEndpointsCommand({ Filters: [inVpc(stage())] }));
    const endpoint = only(answer.VpcEndpoints, 'endpoint');
    assert.equal(endpoint.VpcEndpointType, 'Gateway');
    assert.match(String(endpoint.ServiceName), /\.s3$/);
    assert.equal(endpoint.RouteTableIds?.length, 2);
  });
}

export function inVpc({ outputs }: Stage) {
  return { Name: 'vpc-id', Values: [outputs.vpc_id] };
}

async function natGateways(stage: Stage) {
  const answer = await stage.account.ec2.send(new DescribeNatGatewaysCommand({ Filter: [inVpc(stage)] }));
  return (answer.NatGateways ?? []).filter((one) => one.State === 'available');
}

async function defaultRoute(stage: Stage, subnet: string) {
  const filter = { Name: 'association.subnet-id', Values: [subnet] };
  const answer = await stage.account.ec2.send(new DescribeRouteTablesCommand({ Filters: [filter] }));
  const { Routes: routes = [] } = only(answer.RouteTables, `route table of ${subnet}`);
  return only(
    routes.filter((route) => route.DestinationCidrBlock === '0.0.0.0/0'),
    `default route of ${subnet}`,
  );
}
