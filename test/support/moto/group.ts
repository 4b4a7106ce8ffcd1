import { strict as assert } from 'node:assert';
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  PutLifecycleHookCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Moto } from './moto.js';

export const GROUP = 'muster-test';
export const HOOK = 'muster-drain';

/** An Auto Scaling group of two instances with a hook that holds those that are to end, in moto. */
export class MotoGroup {
  /** Of the two that it began with. */
  readonly instanceIds: readonly string[];
  readonly #autoScaling: AutoScalingClient;
  readonly #ec2: EC2Client;

  private constructor(instanceIds: readonly string[], autoScaling: AutoScalingClient, ec2: EC2Client) {
    this.instanceIds = instanceIds;
    this.#autoScaling = autoScaling;
    this.#ec2 = ec2;
  }

  /** `heartbeatTimeoutS`: AWS takes 30 and more; moto's hook, shorter for tests, ends an instance just so when nobody heartbeats. */
  static async create(moto: Moto, heartbeatTimeoutS: number): Promise<MotoGroup> {
    const autoScaling = new AutoScalingClient(moto.client);
    const ec2 = new EC2Client(moto.client);
    const LaunchTemplateData = { ImageId: 'ami-12345678', InstanceType: 't4g.small' } as const;
    await ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: GROUP, LaunchTemplateData }));
    const names = { AutoScalingGroupName: GROUP };
    await autoScaling.send(
      new CreateAutoScalingGroupCommand({
        ...names,
        LaunchTemplate: { LaunchTemplateName: GROUP, Version: '1' },
        AvailabilityZones: [`${moto.env.AWS_REGION}a`],
        ...{ MinSize: 0, MaxSize: 2, DesiredCapacity: 2 },
      }),
    );
    await autoScaling.send(
      new PutLifecycleHookCommand({
        ...names,
        LifecycleHookName: HOOK,
        LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        HeartbeatTimeout: heartbeatTimeoutS,
        DefaultResult: 'CONTINUE',
      }),
    );
    const ids = await idsInService(autoScaling);
    assert.equal(ids.length, 2, 'instances of the group');
    return new MotoGroup(ids, autoScaling, ec2);
  }

  /** Ids of those that the group counts on now: not of those that are to end. */
  inService(): Promise<string[]> {
    return idsInService(this.#autoScaling);
  }

  /** Lets one instance go, as a scale-in does, and does not replace it. */
  async terminate(instanceId: string): Promise<void> {
    await this.#autoScaling.send(
      new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: instanceId, ShouldDecrementDesiredCapacity: true }),
    );
  }

  /** `InService`, `Terminating:Wait`; null = not in the group any more. */
  async lifecycleState(instanceId: string): Promise<string | null> {
    const { AutoScalingInstances: [found] = [] } = await this.#autoScaling.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }),
    );
    return found?.LifecycleState ?? null;
  }

  /** EC2's own word: `running`, `terminated`. */
  async ec2State(instanceId: string): Promise<string> {
    const { Reservations: [found] = [] } = await this.#ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [instanceId] }),
    );
    return found?.Instances?.[0]?.State?.Name ?? 'unknown';
  }
}

async function idsInService(autoScaling: AutoScalingClient): Promise<string[]> {
  const { AutoScalingGroups: [group] = [] } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [GROUP] }),
  );
  const inService = (group?.Instances ?? []).filter(({ LifecycleState }) => LifecycleState === 'InService');
  return inService.map(({ InstanceId = '' }) => InstanceId);
}
