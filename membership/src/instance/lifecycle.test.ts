import { strict as assert } from 'node:assert';
import { MusterError } from '../errors.js';
import { openLifecycle } from './lifecycle.js';

const FOREVER = new AbortController().signal;
const WHOSE = ['DescribeAutoScalingInstances', { 'InstanceIds.member.1': 'i-1' }];
const NAMES = { AutoScalingGroupName: 'webs', LifecycleHookName: 'drain', InstanceId: 'i-1' };
const noAction = () => {
  throw new MusterError('no-lifecycle-action', 'none');
};
const instance = (state: string) => () =>
  `<member><AutoScalingGroupName>webs</AutoScalingGroupName><LifecycleState>${state}</LifecycleState></member>`;

/** A lifecycle on an AWS that answers so, where the instance is in service unless it says otherwise, and the calls that were made. */
function open(own: Readonly<Record<string, () => string>>) {
  const answers: typeof own = { DescribeAutoScalingInstances: instance('InService'), ...own };
  const calls: unknown[] = [];
  const lifecycle = openLifecycle({
    ...{ instanceId: 'i-1', hook: 'drain' },
    async call(action, params) {
      calls.push([action, params]);
      return answers[action]?.() ?? '';
    },
  });
  return { lifecycle, calls };
}

describe('the lifecycle hook of an instance', () => {
  it('is completed with CONTINUE, by group, hook and instance', async () => {
    const { lifecycle, calls } = open({});
    assert.equal(await lifecycle.complete(FOREVER), 'completed');
    assert.deepEqual(calls, [WHOSE, ['CompleteLifecycleAction', { ...NAMES, LifecycleActionResult: 'CONTINUE' }]]);
  });

  it('is that of the group which AWS names, asked for once', async () => {
    const { lifecycle, calls } = open({});
    assert.equal(await lifecycle.heartbeat(FOREVER), true);
    assert.equal(await lifecycle.heartbeat(FOREVER), true);
    assert.deepEqual(calls, [
      WHOSE,
      ['RecordLifecycleActionHeartbeat', NAMES],
      ['RecordLifecycleActionHeartbeat', NAMES],
    ]);
  });

  it('does not exist for an instance in no group', async () => {
    const { lifecycle } = open({ DescribeAutoScalingInstances: () => '' });
    await assert.rejects(lifecycle.complete(FOREVER), { code: 'no-group', message: /i-1 is in no Auto Scaling group/ });
  });

  it('gets a heartbeat after half of its time, asked for until AWS says it, and not again', async () => {
    let seconds = '';
    const { lifecycle, calls } = open({ DescribeLifecycleHooks: () => seconds });
    await assert.rejects(lifecycle.heartbeatMs(FOREVER), { code: 'no-hook', message: /webs has no .* drain/ });
    seconds = '<HeartbeatTimeout>300</HeartbeatTimeout>';
    assert.equal(await lifecycle.heartbeatMs(FOREVER), 150_000);
    assert.equal(await lifecycle.heartbeatMs(FOREVER), 150_000);
    const ask = ['DescribeLifecycleHooks', { AutoScalingGroupName: 'webs', 'LifecycleHookNames.member.1': 'drain' }];
    assert.deepEqual(calls, [WHOSE, ask, ask]);
  });

  it('has not begun while a load balancer still takes the instance out, or AWS does not say yet that it does', async () => {
    for (const state of ['Terminating', 'InService']) {
      const answers = { CompleteLifecycleAction: noAction, DescribeAutoScalingInstances: instance(state) };
      assert.equal(await open(answers).lifecycle.complete(FOREVER), 'not-yet', state);
    }
  });

  it('is over when AWS knows of no action', async () => {
    for (const state of ['Terminating:Proceed', 'Terminated']) {
      const answers = { CompleteLifecycleAction: noAction, DescribeAutoScalingInstances: instance(state) };
      assert.equal(await open(answers).lifecycle.complete(FOREVER), 'nothing', state);
    }
    assert.equal(await open({ RecordLifecycleActionHeartbeat: noAction }).lifecycle.heartbeat(FOREVER), false);
  });

  it('comes for an instance that the spot market takes back by having the group end and replace it, once', async () => {
    const { lifecycle, calls } = open({});
    assert.equal(await lifecycle.end(FOREVER), true);
    const terminate = { InstanceId: 'i-1', ShouldDecrementDesiredCapacity: 'false' };
    assert.deepEqual(calls, [WHOSE, ['TerminateInstanceInAutoScalingGroup', terminate]]);
    const ending = open({ DescribeAutoScalingInstances: instance('Terminating:Wait') });
    assert.equal(await ending.lifecycle.end(FOREVER), false);
    assert.deepEqual(ending.calls, [WHOSE]);
  });

  it('passes on what else AWS says', async () => {
    const throttled = () => {
      throw new MusterError('aws-throttled', 'slower', { retryable: true });
    };
    await assert.rejects(open({ CompleteLifecycleAction: throttled }).lifecycle.complete(FOREVER), {
      code: 'aws-throttled',
    });
  });
});
