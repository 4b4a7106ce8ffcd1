import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { IAMClient, ListInstanceProfilesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import type { Moto } from '../../support/moto/moto.js';

/** Kind of resource => ids. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/** Clients of the SDK that see the mock. */
export class Account {
  readonly ec2: EC2Client;
  readonly balancing: ElasticLoadBalancingV2Client;
  readonly scaling: AutoScalingClient;
  readonly watch: CloudWatchClient;
  readonly iam: IAMClient;
  readonly #url: string;

  constructor(moto: Moto) {
    this.#url = moto.url;
    this.ec2 = new EC2Client(moto.client);
    this.balancing = new ElasticLoadBalancingV2Client(moto.client);
    this.scaling = new AutoScalingClient(moto.client);
    this.watch = new CloudWatchClient(moto.client);
    this.iam = new IAMClient(moto.client);
  }

  /** The value of a parameter, decrypted. One call is no reason for one more client. */
  async parameter(name: string): Promise<string> {
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonSSM.GetParameter',
        // Moto looks here for region and service; the signature is none.
        authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/ssm/aws4_request, Signature=none',
      },
      body: JSON.stringify({ Name: name, WithDecryption: true }),
    });
    const { Parameter: parameter } = (await answer.json()) as { readonly Parameter?: { readonly Value: string } };
    if (!parameter) throw new Error(`SSM has no parameter ${name}: ${answer.status}`);
    return parameter.Value;
  }

  /**
   * Ids of everything that an environment makes, by kind. Left out is what AWS itself lets stay for a while: ended instances,
   * deleted NAT gateways and endpoints, network interfaces.
   */
  async inventory(): Promise<Inventory> {
    const { ec2, balancing, scaling, watch, iam } = this;
    const kinds = {
      vpcs: ec2.send(new DescribeVpcsCommand({})).then((all) => all.Vpcs?.map((one) => one.VpcId)),
      subnets: ec2.send(new DescribeSubnetsCommand({})).then((all) => all.Subnets?.map((one) => one.SubnetId)),
      routeTables: ec2
        .send(new DescribeRouteTablesCommand({}))
        .then((all) => all.RouteTables?.map((one) => one.RouteTableId)),
      gateways: ec2
        .send(new DescribeInternetGatewaysCommand({}))
        .then((all) => all.InternetGateways?.map((one) => one.InternetGatewayId)),
      nats: ec2
        .send(new DescribeNatGatewaysCommand({}))
        .then((all) => all.NatGateways?.filter((one) => one.State !== 'deleted').map((one) => one.NatGatewayId)),
      addresses: ec2
        .send(new DescribeAddressesCommand({}))
        .then((all) => all.Addresses?.map((one) => one.AllocationId)),
      endpoints: ec2
        .send(new DescribeVpcEndpointsCommand({}))
        .then((all) =>
          all.VpcEndpoints?.filter((one) => String(one.State) !== 'deleted').map((one) => one.VpcEndpointId),
        ),
      securityGroups: ec2
        .send(new DescribeSecurityGroupsCommand({}))
        .then((all) => all.SecurityGroups?.map((one) => one.GroupId)),
      templates: ec2
        .send(new DescribeLaunchTemplatesCommand({}))
        .then((all) => all.LaunchTemplates?.map((one) => one.LaunchTemplateId)),
      instances: this.instances([]).then((all) => all.map((one) => one.InstanceId)),
      balancers: balancing
        .send(new DescribeLoadBalancersCommand({}))
        .then((all) => all.LoadBalancers?.map((one) => one.LoadBalancerArn)),
      targetGroups: balancing
        .send(new DescribeTargetGroupsCommand({}))
        .then((all) => all.TargetGroups?.map((one) => one.TargetGroupArn)),
      groups: scaling
        .send(new DescribeAutoScalingGroupsCommand({}))
        .then((all) => all.AutoScalingGroups?.map((one) => one.AutoScalingGroupARN)),
      alarms: watch.send(new DescribeAlarmsCommand({})).then((all) => all.MetricAlarms?.map((one) => one.AlarmArn)),
      roles: iam.send(new ListRolesCommand({})).then((all) => all.Roles?.map((one) => one.Arn)),
      profiles: iam
        .send(new ListInstanceProfilesCommand({}))
        .then((all) => all.InstanceProfiles?.map((one) => one.Arn)),
    };
    const entries = Object.entries(kinds).map(
      async ([kind, ids]) => [kind, ((await ids) ?? []).map(String).sort()] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Instances that have not ended, with these tags: what `-retry-join provider=aws` asks for. */
  async instances(tags: readonly (readonly [name: string, value: string])[]) {
    const alive = { Name: 'instance-state-name', Values: ['pending', 'running'] };
    const filters = tags.map(([name, value]) => ({ Name: `tag:${name}`, Values: [value] }));
    const all = await this.ec2.send(new DescribeInstancesCommand({ Filters: [alive, ...filters] }));
    return (all.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
  }

  /** How many times instances of a group were refreshed. */
  async refreshes(group: string): Promise<number> {
    const answer = await this.scaling.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: group }));
    return answer.InstanceRefreshes?.length ?? 0;
  }

  close(): void {
    for (const client of [this.ec2, this.balancing, this.scaling, this.watch, this.iam]) client.destroy();
  }
}
