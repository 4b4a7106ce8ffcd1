import { strict as assert } from 'node:assert';
import { gunzipSync } from 'node:zlib';
import {
  DescribeAutoScalingGroupsCommand,
  DescribeLifecycleHooksCommand,
  DescribePoliciesCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLaunchTemplateVersionsCommand } from '@aws-sdk/client-ec2';
import { EXPECTED, given, only, type Stage } from './stage.js';

/** Longest user data that EC2 takes, before base64. */
const USER_DATA_BYTES = 16_384;

/** Tests of what instances are started from, and of what adds and takes them. */
export function testGroups(stage: () => Stage): void {
  for (const kind of ['instances', 'consul'] as const) {
    it(`starts ${kind === 'consul' ? 'Consul servers' : kind} with IMDSv2 only, one hop, on encrypted disks, without a key for SSH`, async () => {
      const data = await template(stage(), kind);
      assert.deepEqual(
        [data.MetadataOptions?.HttpTokens, data.MetadataOptions?.HttpPutResponseHopLimit],
        ['required', 1],
      );
      const disks = (data.BlockDeviceMappings ?? []).map(({ Ebs: disk }) => [disk?.Encrypted, disk?.VolumeType]);
      assert.deepEqual(disks, [[true, 'gp3']]);
      assert.equal(data.KeyName, undefined);
      assert.equal(data.Monitoring?.Enabled, true);
      assert.equal(data.InstanceInitiatedShutdownBehavior, kind === 'consul' ? 'terminate' : undefined);
    });

    it(`tags ${kind === 'consul' ? 'Consul servers' : kind} and their disks as everything else`, async () => {
      const { name } = stage();
      const data = await template(stage(), kind);
      for (const type of ['instance', 'volume']) {
        const { Tags: tags = [] } = only(
          data.TagSpecifications?.filter((one) => one.ResourceType === type),
          `tags of ${type}s`,
        );
        for (const [key, value] of [
          ['Project', 'muster'],
          ['Environment', name],
          ['ManagedBy', 'terraform'],
        ])
          assert.equal(tags.find((tag) => tag.Key === key)?.Value, value, `${key} of the ${type}`);
      }
    });

    it(`gives ${kind === 'consul' ? 'Consul servers' : kind} user data that EC2 takes, without a secret`, async () => {
      const { account, outputs } = stage();
      const packed = Buffer.from(given((await template(stage(), kind)).UserData, 'user data'), 'base64');
      assert.ok(packed.length <= USER_DATA_BYTES, `${packed.length} bytes`);
      const script = gunzipSync(packed).toString();
      assert.match(script, /^#!/);
      for (const parameter of Object.values(outputs.secret_parameters))
        assert.ok(
          !script.includes(await account.parameter(parameter)),
          `the value of ${parameter} is in the user data`,
        );
    });
  }

  it('keeps as many instances as its values say, judged by the load balancer', async () => {
    const { name, outputs } = stage();
    const found = await group(stage(), outputs.autoscaling_group_name);
    const { smallest, largest, isSpot } = EXPECTED[name];
    assert.deepEqual([found.MinSize, found.MaxSize, found.Instances?.length], [smallest, largest, smallest]);
    assert.equal(found.HealthCheckType, 'ELB');
    assert.equal(found.TargetGroupARNs?.length, 1);
    assert.equal(found.MixedInstancesPolicy !== undefined, isSpot);
    assert.deepEqual(found.VPCZoneIdentifier?.split(',').sort(), Object.values(outputs.private_subnet_ids).sort());
    assert.deepEqual(found.InstanceMaintenancePolicy, { MinHealthyPercentage: 100, MaxHealthyPercentage: 150 });
  });

  it('adds one instance above 80 % CPU and takes one below 5 %', async () => {
    const { account, outputs } = stage();
    const AutoScalingGroupName = outputs.autoscaling_group_name;
    const { ScalingPolicies: policies = [] } = await account.scaling.send(
      new DescribePoliciesCommand({ AutoScalingGroupName }),
    );
    const { MetricAlarms: alarms = [] } = await account.watch.send(new DescribeAlarmsCommand({}));
    const rules = policies.map((policy) => {
      const alarm = only(
        alarms.filter((one) => one.AlarmActions?.includes(String(policy.PolicyARN))),
        `alarm of ${policy.PolicyName}`,
      );
      assert.deepEqual(alarm.Dimensions, [{ Name: 'AutoScalingGroupName', Value: AutoScalingGroupName }]);
      assert.deepEqual([alarm.Namespace, alarm.MetricName], ['AWS/EC2', 'CPUUtilization']);
      const step = only(policy.StepAdjustments, `step of ${policy.PolicyName}`).ScalingAdjustment;
      return `${alarm.ComparisonOperator} ${alarm.Threshold}: ${step}`;
    });
    assert.deepEqual(rules.sort(), ['GreaterThanThreshold 80: 1', 'LessThanThreshold 5: -1']);
  });

  it('holds an instance that ends until its members have drained', async () => {
    const { account, outputs } = stage();
    const AutoScalingGroupName = outputs.autoscaling_group_name;
    const { LifecycleHooks: hooks } = await account.scaling.send(
      new DescribeLifecycleHooksCommand({ AutoScalingGroupName }),
    );
    const hook = only(hooks, 'hook');
    assert.equal(hook.LifecycleHookName, outputs.lifecycle_hook_name);
    assert.equal(hook.LifecycleTransition, 'autoscaling:EC2_INSTANCE_TERMINATING');
    assert.deepEqual([hook.HeartbeatTimeout, hook.DefaultResult], [300, 'CONTINUE']);
  });

  it('has Consul servers that are found by their tag, and by no other environment', async () => {
    const { name, account } = stage();
    const servers = await account.instances([['muster-consul', `muster-${name}`]]);
    assert.equal(servers.length, EXPECTED[name].servers);
    assert.equal(new Set(servers.map((one) => given(one.PrivateIpAddress, 'private address'))).size, servers.length);
    assert.ok(servers.every((one) => one.VpcId === stage().outputs.vpc_id));
  });
}

async function group({ account }: Stage, name: string) {
  const answer = await account.scaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  return only(answer.AutoScalingGroups, `group ${name}`);
}

/** The version of the launch template that the group uses, whatever the newest is. */
async function template(stage: Stage, kind: 'instances' | 'consul') {
  const { outputs, account } = stage;
  const found = await group(
    stage,
    kind === 'consul' ? outputs.consul_autoscaling_group_name : outputs.autoscaling_group_name,
  );
  const mixed = found.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  const { LaunchTemplateId, Version } = given(found.LaunchTemplate ?? mixed, 'launch template');
  assert.match(String(Version), /^\d+$/);
  const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [String(Version)] });
  const answer = await account.ec2.send(command);
  return given(only(answer.LaunchTemplateVersions, 'version of the template').LaunchTemplateData, 'template');
}
