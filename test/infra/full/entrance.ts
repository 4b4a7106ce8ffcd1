import { strict as assert } from 'node:assert';
import { DescribeSecurityGroupRulesCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { inVpc } from './network.js';
import { EXPECTED, given, only, type Stage } from './stage.js';

/** Tests of who gets in, and how: security groups and the load balancer. */
export function testEntrance(stage: () => Stage): void {
  it('lets the world reach the load balancer, on port 80, and nothing else', async () => {
    const open = (await ingress(stage())).filter((rule) => rule.CidrIpv4 !== undefined || rule.CidrIpv6 !== undefined);
    const balancer = await loadBalancer(stage());
    const rule = only(open, 'rule that lets addresses in');
    assert.deepEqual(
      [rule.GroupId, rule.CidrIpv4, rule.FromPort, rule.ToPort],
      [balancer.SecurityGroups?.[0], '0.0.0.0/0', 80, 80],
    );
  });

  it('lets the others in by their group only, never by SSH', async () => {
    const rules = (await ingress(stage())).filter((rule) => rule.CidrIpv4 === undefined);
    assert.ok(rules.length > 0);
    for (const rule of rules) {
      assert.ok(rule.ReferencedGroupInfo?.GroupId, `${rule.SecurityGroupRuleId} names no group`);
      assert.ok(Number(rule.FromPort) > 22 || Number(rule.ToPort) < 22, `${rule.SecurityGroupRuleId} opens SSH`);
    }
  });

  it('has emptied the default security group', async () => {
    const filters = [inVpc(stage()), { Name: 'group-name', Values: ['default'] }];
    const answer = await stage().account.ec2.send(new DescribeSecurityGroupsCommand({ Filters: filters }));
    const { IpPermissions, IpPermissionsEgress } = only(answer.SecurityGroups, 'default group');
    assert.deepEqual([IpPermissions, IpPermissionsEgress], [[], []]);
  });

  it('has a load balancer that faces the internet in both public subnets', async () => {
    const { outputs, name } = stage();
    const balancer = await loadBalancer(stage());
    // The mock leaves out what was not asked for; AWS then says internet-facing.
    assert.notEqual(balancer.Scheme, 'internal');
    const subnets = balancer.AvailabilityZones?.map((zone) => String(zone.SubnetId)).sort();
    assert.deepEqual(subnets, Object.values(outputs.public_subnet_ids).sort());
    const attributes = await attributesOf(stage(), given(balancer.LoadBalancerArn, 'ARN'));
    assert.equal(attributes['deletion_protection.enabled'], String(EXPECTED[name].isProtected));
    assert.equal(attributes['routing.http.drop_invalid_header_fields.enabled'], 'true');
  });

  it('forwards to instances that answer /healthz, and lets open requests end', async () => {
    const { account } = stage();
    const arn = given((await loadBalancer(stage())).LoadBalancerArn, 'ARN');
    const listeners = await account.balancing.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
    const action = only(only(listeners.Listeners, 'listener').DefaultActions, 'action');
    const groups = await account.balancing.send(new DescribeTargetGroupsCommand({ LoadBalancerArn: arn }));
    const group = only(groups.TargetGroups, 'target group');
    assert.deepEqual([action.Type, action.TargetGroupArn], ['forward', group.TargetGroupArn]);
    assert.deepEqual(
      [group.TargetType, group.HealthCheckPath, group.Matcher?.HttpCode],
      ['instance', '/healthz', '200'],
    );
    const command = new DescribeTargetGroupAttributesCommand({ TargetGroupArn: group.TargetGroupArn });
    const { Attributes: attributes = [] } = await account.balancing.send(command);
    assert.equal(attributes.find((one) => one.Key === 'deregistration_delay.timeout_seconds')?.Value, '60');
  });
}

async function ingress(stage: Stage) {
  const groups = await stage.account.ec2.send(new DescribeSecurityGroupsCommand({ Filters: [inVpc(stage)] }));
  const ids = (groups.SecurityGroups ?? []).map((group) => String(group.GroupId));
  const filter = { Name: 'group-id', Values: ids };
  const rules = await stage.account.ec2.send(new DescribeSecurityGroupRulesCommand({ Filters: [filter] }));
  return (rules.SecurityGroupRules ?? []).filter((rule) => rule.IsEgress === false);
}

async function loadBalancer({ account, outputs }: Stage) {
  const answer = await account.balancing.send(new DescribeLoadBalancersCommand({}));
  return only(
    answer.LoadBalancers?.filter((one) => one.VpcId === outputs.vpc_id),
    'load balancer',
  );
}

async function attributesOf({ account }: Stage, arn: string): Promise<Record<string, string>> {
  const answer = await account.balancing.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }));
  return Object.fromEntries((answer.Attributes ?? []).map(({ Key, Value }) => [String(Key), String(Value)]));
}
