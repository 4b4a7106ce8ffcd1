import { errorCode, MusterError } from '../errors.js';
import type { CallAutoScaling } from './auto-scaling.js';
import { textIn } from './xml.js';

/** How a try to complete went. `not-yet`: the hook has not begun. `nothing`: it is over, or there never was one. */
export type Completion = 'completed' | 'not-yet' | 'nothing';

/** The lifecycle hook that holds this instance while its members leave. Every call may reject with a MusterError. */
export interface Lifecycle {
  /** Half of the hook's heartbeat timeout, ms. */
  heartbeatMs(signal: AbortSignal): Promise<number>;
  /** Begins the hook's time anew; false when there is no lifecycle action now. */
  heartbeat(signal: AbortSignal): Promise<boolean>;
  /** Has the group end the instance and replace it; false when it is ending already. */
  end(signal: AbortSignal): Promise<boolean>;
  /** Lets the instance end. */
  complete(signal: AbortSignal): Promise<Completion>;
}

/**
 * Without a lifecycle action in one of these its hook is still to come: the load balancer takes it out first, and what AWS
 * describes may be some seconds old.
 */
const BEFORE_THE_HOOK: readonly (string | null)[] = ['InService', 'Terminating'];

export interface LifecycleOptions {
  readonly call: CallAutoScaling;
  readonly instanceId: string;
  readonly hook: string;
}

/**
 * Auto Scaling user guide, "Complete a lifecycle action": group, hook and instance name the action, no token is needed.
 * Which group it is and how long the hook waits is asked of AWS until it says so, and remembered.
 */
export function openLifecycle({ call, instanceId, hook }: LifecycleOptions): Lifecycle {
  let knownGroup: string | null = null;
  let knownMs: number | null = null;

  async function act(action: string, params: Readonly<Record<string, string>>, signal: AbortSignal): Promise<boolean> {
    const names = { AutoScalingGroupName: await group(signal), LifecycleHookName: hook, InstanceId: instanceId };
    try {
      await call(action, { ...names, ...params }, signal);
      return true;
    } catch (thrown) {
      if (errorCode(thrown) === 'no-lifecycle-action') return false;
      throw thrown;
    }
  }

  async function group(signal: AbortSignal): Promise<string> {
    knownGroup ??= textIn(await describe(signal), 'AutoScalingGroupName');
    if (knownGroup !== null) return knownGroup;
    throw new MusterError(
      'no-group',
      `${instanceId} is in no Auto Scaling group: its hook ${hook} cannot be completed`,
    );
  }

  const describe = (signal: AbortSignal) =>
    call('DescribeAutoScalingInstances', { 'InstanceIds.member.1': instanceId }, signal);

  const state = async (signal: AbortSignal) => textIn(await describe(signal), 'LifecycleState');

  return {
    async heartbeatMs(signal) {
      if (knownMs !== null) return knownMs;
      const names = { AutoScalingGroupName: await group(signal), 'LifecycleHookNames.member.1': hook };
      const seconds = textIn(await call('DescribeLifecycleHooks', names, signal), 'HeartbeatTimeout');
      if (seconds === null)
        throw new MusterError('no-hook', `the group ${names.AutoScalingGroupName} has no lifecycle hook ${hook}`);
      knownMs = Number(seconds) * 500;
      return knownMs;
    },
    async end(signal) {
      if ((await state(signal)) !== 'InService') return false;
      const params = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: 'false' };
      await call('TerminateInstanceInAutoScalingGroup', params, signal);
      return true;
    },
    heartbeat: (signal) => act('RecordLifecycleActionHeartbeat', {}, signal),
    async complete(signal) {
      if (await act('CompleteLifecycleAction', { LifecycleActionResult: 'CONTINUE' }, signal)) return 'completed';
      return BEFORE_THE_HOOK.includes(await state(signal)) ? 'not-yet' : 'nothing';
    },
  };
}
