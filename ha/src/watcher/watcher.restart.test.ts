import { strict as assert } from 'node:assert';
import type { Member } from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import { member, memberSet, STRUCTURE } from '../fixture.test.js';
import type { GuardState } from '../guard/guard.js';
import { knownSets } from '../state/last-good.js';
import { MemoryBalancer } from './memory-balancer.test.js';
import { newRegistry, registration, runWatcher, settlesAlone, stopAll, words } from './run-watcher.test.js';

const NEVER = new AbortController().signal;

/** What a watcher knew of one member that is served. */
function guardOf(one: Member): GuardState {
  return { index: '1', vanished: [], verdicts: new Map([[one.id, { member: one, fate: 'serve', held: null }]]) };
}

describe('watcher, from one run to the next', () => {
  afterEach(stopAll);

  it('changes nothing before it knows the members, and is ready after it does', async () => {
    const registry = newRegistry();
    const balancer = new MemoryBalancer();
    balancer.set('web-1', { port: 3001 });
    registry.faults.fail();
    const { watcher, join } = runWatcher({ registry, balancer });
    let ready = false;
    const marked = watcher.ready.then(() => {
      ready = true;
    });
    await eventually(() => assert.ok(balancer.reads.length > 2));
    assert.deepEqual([ready, balancer.applied], [false, []]);
    registry.faults.recover();
    await join('web-1');
    await marked;
    assert.deepEqual(balancer.servers(), ['web-1 ready']);
  });

  it('has made a pass once the balancer answers, also without a registry', async () => {
    const registry = newRegistry();
    const balancer = new MemoryBalancer();
    registry.faults.fail();
    balancer.answers = false;
    const { watcher } = runWatcher({ registry, balancer });
    await eventually(() => assert.ok(balancer.reads.length > 2));
    assert.equal(watcher.snapshot().passedMs, null);
    balancer.answers = true;
    await watcher.passed;
    const before = watcher.snapshot().passedMs ?? assert.fail('no pass');
    await eventually(() => assert.ok((watcher.snapshot().passedMs ?? 0) > before));
  });

  it('applies and tells nothing when it starts again and nothing has changed', async () => {
    const first = runWatcher();
    const { balancer, registry } = first;
    await first.join('web-1');
    await eventually(() =>
      assert.deepEqual([...(first.saved.at(-1)?.services.get('webapp')?.guard.verdicts.keys() ?? [])], ['web-1']),
    );
    await settlesAlone(balancer);
    await first.stop();
    const lastGood = first.saved.at(-1) ?? assert.fail('nothing was saved');
    const [applied, reads] = [balancer.applied.length, balancer.reads.length];
    const guards = new Map([...lastGood.services].map(([name, { guard }]) => [name, guard]));
    const second = runWatcher({ balancer, registry, guards, known: knownSets(lastGood) });
    await second.watcher.ready;
    await eventually(() => assert.ok(balancer.reads.length > reads + 2));
    assert.equal(balancer.applied.length, applied);
    assert.deepEqual(second.events, []);
  });

  it('starts with the weights that were set before, also without a registry, and applies and tells nothing', async () => {
    const registry = newRegistry();
    registry.faults.fail();
    const balancer = new MemoryBalancer();
    balancer.set('web-1', { port: 3001, weight: 6, checked: false });
    const guards = new Map([['webapp', guardOf(member('web-1', { port: 3001 }))]]);
    const known = new Map([['webapp', memberSet(1, member('web-1', { port: 3001 }))]]);
    const { events } = runWatcher({ registry, balancer, guards, known, weights: new Map([['web-1', 6]]) });
    await eventually(() => assert.ok(balancer.reads.length > 3));
    assert.deepEqual([balancer.applied, events], [[], []]);
  });

  it('tells nobody as joined who was known before, also when the registry answers late', async () => {
    const guards = new Map([['webapp', guardOf(member('web-1', { port: 3001 }))]]);
    const known = new Map([['webapp', memberSet(1, member('web-1', { port: 3001 }))]]);
    const registry = newRegistry();
    await registry.registrar.join(registration('web-1'), NEVER);
    registry.faults.fail();
    const { balancer, events, inputs } = runWatcher({ registry, guards, known });
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    registry.faults.recover();
    await eventually(() => assert.ok(inputs.complete()));
    const reads = balancer.reads.length;
    await eventually(() => assert.ok(balancer.reads.length > reads + 2));
    assert.deepEqual(words(events), ['server-added web-1']);
  });

  it("saves members, operators' wishes and structure for the next start", async () => {
    const { join, registry, saved } = runWatcher();
    await join('web-1');
    await join('web-2');
    await registry.board.setIntent('webapp', 'web-2', 'drain', NEVER);
    await eventually(() => assert.deepEqual(saved.at(-1)?.services.get('webapp')?.draining, ['web-2']));
    const last = saved.at(-1) ?? assert.fail('nothing was saved');
    assert.deepEqual([...(last.services.get('webapp')?.guard.verdicts.keys() ?? [])], ['web-1', 'web-2']);
    assert.equal(last.structure?.sources, STRUCTURE.sources);
    await registry.weights.setWeight('webapp', 'web-1', 6, NEVER);
    await eventually(() => assert.equal(saved.at(-1)?.services.get('webapp')?.weights.get('web-1'), 6));
  });

  it('is ready once it is stopped, so that nobody waits for ever', async () => {
    const registry = newRegistry();
    registry.faults.fail();
    const { watcher, stop } = runWatcher({ registry });
    await stop();
    await watcher.ready;
  });
});
