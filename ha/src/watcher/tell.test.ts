import { strict as assert } from 'node:assert';
import { MusterError } from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import { latch, runWatcher, stopAll, words } from './run-watcher.test.js';

describe('what the watcher tells', () => {
  afterEach(stopAll);

  it('tells a join first, and then that the server takes requests', async () => {
    const { events, join } = runWatcher();
    await join('web-1');
    await eventually(() => assert.deepEqual(words(events), ['member-join web-1', 'server-added web-1']));
  });

  it('does not tell a server as added before it is', async () => {
    const { balancer, events, join } = runWatcher();
    const { passed, open } = latch();
    balancer.beforeApply = () => passed;
    await join('web-1');
    await eventually(() => assert.equal(balancer.applied.length, 1));
    assert.deepEqual(events, []);
    open();
    await eventually(() => assert.equal(events.length, 2));
  });

  it('tells a fault once, tries again, and tells nothing of it afterwards', async () => {
    const { balancer, events, join, watcher } = runWatcher();
    let attempts = 0;
    balancer.beforeApply = () => {
      attempts += 1;
      if (attempts < 4) throw new MusterError('balancer-unreachable', 'no answer', { retryable: true });
    };
    await join('web-1');
    await eventually(() => assert.equal(watcher.problem(), 'no answer'));
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    await eventually(() => assert.equal(watcher.problem(), null));
    assert.deepEqual(words(events), ['apply-failed -', 'member-join web-1', 'server-added web-1']);
    assert.equal(events[0]?.detail.code, 'balancer-unreachable');
  });

  it('tells the same fault again when it comes back after a success', async () => {
    const { balancer, events, join } = runWatcher();
    for (const id of ['web-1', 'web-2']) {
      balancer.failNext(new Error('no answer'));
      await join(id);
      await eventually(() => assert.ok(words(events).includes(`server-added ${id}`)));
    }
    assert.equal(events.filter(({ type }) => type === 'apply-failed').length, 2);
  });

  it('tells a server as added when a reload brought it', async () => {
    const { balancer, events, join } = runWatcher();
    balancer.failNext(new MusterError('balancer-answer-unknown', 'answered "perhaps"'));
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    await eventually(() => assert.ok(words(events).includes('server-added web-1'), words(events).join(', ')));
  });

  it('does not tell members as left that vanish together during an apply', async () => {
    const { balancer, events, inputs, join, registry } = runWatcher();
    for (const id of ['web-1', 'web-2', 'web-3', 'web-4']) await join(id);
    await eventually(() => assert.equal(balancer.servers().length, 4));
    balancer.beforeApply = async () => {
      balancer.beforeApply = () => {};
      registry.store.members.delete('webapp/web-1');
      registry.store.members.delete('webapp/web-2');
      registry.store.remove('webapp', 'web-3');
      await eventually(() => assert.equal(inputs.take().sets.get('webapp')?.members.size, 2));
    };
    await join('web-5');
    await eventually(() => assert.equal(events.filter(({ type }) => type === 'member-held').length, 3));
    assert.deepEqual(
      words(events).filter((one) => one.startsWith('member-leave')),
      [],
    );
  });
});
