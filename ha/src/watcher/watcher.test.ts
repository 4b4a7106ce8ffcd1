import { strict as assert } from 'node:assert';
import { type Member, MusterError } from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import { EDITED, member, memberSet, STRUCTURE } from '../fixture.test.js';
import type { GuardState } from '../guard/guard.js';
import { knownSets } from '../state/last-good.js';
import { MemoryBalancer } from './memory-balancer.test.js';
import { newRegistry, registration, runWatcher, stopAll, words } from './run-watcher.test.js';

const NEVER = new AbortController().signal;

/** A promise that the test settles. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** What a watcher knew of one member that is served. */
function guardOf(one: Member): GuardState {
  return { index: '1', vanished: [], verdicts: new Map([[one.id, { member: one, fate: 'serve', held: null }]]) };
}

describe('watcher', () => {
  afterEach(stopAll);

  it('applies the first change at once, and what comes before the next pass in one apply', async () => {
    const { balancer, join } = runWatcher();
    const { passed, open } = gate();
    balancer.beforeApply = () => passed;
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.applied, ['runtime: add web-1; reload: none']));
    for (const id of ['web-2', 'web-3', 'web-4']) await join(id);
    open();
    await eventually(() => assert.equal(balancer.servers().length, 4));
    assert.deepEqual(balancer.applied.slice(1), ['runtime: add web-2, add web-3, add web-4; reload: none']);
  });

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

  it('sets a weight that an operator changes, and the own one after a reset, without a reload', async () => {
    const { balancer, join, registry } = runWatcher();
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    await registry.weights.setWeight('webapp', 'web-1', 6, NEVER);
    await eventually(() => assert.equal(balancer.applied.at(-1), 'runtime: weight web-1 to 6; reload: none'));
    await registry.weights.setWeight('webapp', 'web-1', null, NEVER);
    await eventually(() => assert.equal(balancer.applied.at(-1), 'runtime: weight web-1 to 1; reload: none'));
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

  it('tells a join first, and then that the server takes requests', async () => {
    const { events, join } = runWatcher();
    await join('web-1');
    await eventually(() => assert.deepEqual(words(events), ['member-join web-1', 'server-added web-1']));
  });

  it('does not tell a server as added before it is', async () => {
    const { balancer, events, join } = runWatcher();
    const { passed, open } = gate();
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
    const failOnce = () => {
      balancer.beforeApply = () => {
        balancer.beforeApply = () => {};
        throw new Error('no answer');
      };
    };
    for (const id of ['web-1', 'web-2']) {
      failOnce();
      await join(id);
      await eventually(() => assert.ok(words(events).includes(`server-added ${id}`)));
    }
    assert.equal(events.filter(({ type }) => type === 'apply-failed').length, 2);
  });

  it('settles an answer that it does not know by exactly one reload', async () => {
    const { balancer, events, join } = runWatcher();
    balancer.beforeApply = () => {
      balancer.beforeApply = () => {};
      throw new MusterError('balancer-answer-unknown', 'answered "perhaps"');
    };
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    await join('web-2');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready', 'web-2 ready']));
    assert.deepEqual(balancer.applied, [
      'runtime: add web-1; reload: none',
      'runtime: none; reload: answered "perhaps"',
      'runtime: check web-1 off; reload: none',
      'runtime: add web-2, check web-1 on; reload: none',
    ]);
    assert.equal(balancer.reloads, 1);
    assert.equal(events.filter(({ type }) => type === 'config-applied').length, 1);
  });

  it('tells a server as added when a reload brought it', async () => {
    const { balancer, events, join } = runWatcher();
    balancer.beforeApply = () => {
      balancer.beforeApply = () => {};
      throw new MusterError('balancer-answer-unknown', 'answered "perhaps"');
    };
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    await eventually(() => assert.ok(words(events).includes('server-added web-1'), words(events).join(', ')), 2_000);
  });

  it('reloads into a candidate and accepts it', async () => {
    const { balancer, join, structures } = runWatcher({ candidate: EDITED });
    await join('web-1');
    await eventually(() => assert.equal(structures.accepted, EDITED));
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    assert.equal(balancer.revision, EDITED.revision);
    assert.equal(balancer.reloads, 1);
  });

  it('goes on with the accepted structure when a candidate is refused, and says why once', async () => {
    const balancer = new MemoryBalancer();
    balancer.beforeApply = ({ reload }) => {
      if (reload !== null) throw new MusterError('config-refused', 'line 1: no');
    };
    const { join, refused, structures, watcher } = runWatcher({ balancer, candidate: EDITED });
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    assert.deepEqual(refused, ['line 1: no']);
    assert.equal(structures.accepted, STRUCTURE);
    assert.equal(watcher.problem(), 'line 1: no');
    assert.equal(balancer.applied.filter((one) => !one.endsWith('reload: none')).length, 1);
  });

  it('keeps members that vanish together, and does not tell them as left', async () => {
    const { balancer, events, join, registry } = runWatcher();
    const ids = ['web-1', 'web-2', 'web-3', 'web-4'];
    for (const id of ids) await join(id);
    await eventually(() => assert.equal(balancer.servers().length, 4));
    registry.store.members.delete('webapp/web-1');
    registry.store.members.delete('webapp/web-2');
    registry.store.remove('webapp', 'web-3');
    await eventually(() => assert.equal(events.filter(({ type }) => type === 'member-held').length, 3));
    assert.deepEqual(
      balancer.servers(),
      ids.map((id) => `${id} ready`),
    );
    assert.deepEqual(
      words(events).filter((one) => one.startsWith('member-leave')),
      [],
    );
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

  it('lets a held member go when it is released', async () => {
    const { balancer, join, registry, watcher } = runWatcher();
    for (const id of ['web-1', 'web-2']) await join(id);
    await eventually(() => assert.equal(balancer.servers().length, 2));
    registry.store.members.delete('webapp/web-1');
    registry.store.remove('webapp', 'web-2');
    await eventually(() =>
      assert.equal(watcher.snapshot().guards.get('webapp')?.verdicts.get('web-1')?.held, 'sudden-shrink'),
    );
    await join('web-3');
    watcher.release('webapp', 'web-1');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-2 ready', 'web-3 ready']));
  });

  it('does not read statistics in a pass that a change called for', async () => {
    const { balancer, join } = runWatcher();
    await eventually(() => assert.ok(balancer.reads.length > 2));
    let readsOfTheChange: boolean[] = [];
    balancer.beforeApply = () => {
      readsOfTheChange = balancer.reads.slice(-1);
    };
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    assert.deepEqual(readsOfTheChange, [false]);
  });

  it('drains a member that announced its leave, acknowledges, and removes it once it has left', async () => {
    const { balancer, events, join, registry } = runWatcher();
    for (const id of ['web-1', 'web-2']) await join(id);
    await eventually(() => assert.equal(balancer.servers().length, 2));
    balancer.set('web-2', { inFlight: 1 });
    await registry.registrar.leaving(registration('web-2'), NEVER);
    const acknowledged = () => registry.store.acknowledgements.get('webapp/web-2/b1/lb-1')?.state;
    await eventually(() => assert.equal(acknowledged(), 'draining'));
    assert.deepEqual(balancer.servers(), ['web-1 ready', 'web-2 drain']);
    balancer.set('web-2', { inFlight: 0 });
    await eventually(() => assert.equal(acknowledged(), 'drained'));
    await registry.registrar.leave('webapp', 'web-2', NEVER);
    await eventually(() => assert.deepEqual(balancer.servers(), ['web-1 ready']));
    await eventually(() =>
      assert.deepEqual(
        words(events).filter((one) => one.endsWith('web-2')),
        [
          'member-join',
          'server-added',
          'member-leaving',
          'server-draining',
          'server-drained',
          'member-leave',
          'server-removed',
        ].map((one) => `${one} web-2`),
      ),
    );
  });

  it('asks for the removal of a drained member without an agent that an operator sent away', async () => {
    const { balancer, left, registry } = runWatcher();
    for (const id of ['web-1', 'web-2']) await registry.registrar.join(registration(id, ''), NEVER);
    await eventually(() => assert.equal(balancer.servers().length, 2));
    await registry.board.setIntent('webapp', 'web-1', 'leave', NEVER);
    await eventually(() => assert.ok(left.includes('webapp/web-1')));
    assert.deepEqual(balancer.servers(), ['web-1 drain', 'web-2 ready']);
  });

  it('cuts the requests of a server that hangs, once', async () => {
    const { balancer, events, join } = runWatcher({ hungAfterMs: 100 });
    for (const id of ['web-1', 'web-2']) await join(id);
    await eventually(() => assert.equal(events.length, 4));
    await eventually(() => assert.ok(balancer.reads.slice(-2).every((inFlight) => !inFlight)));
    balancer.set('web-1', { health: 'down', inFlight: 3, answers: false });
    await eventually(() => assert.deepEqual(balancer.cuts, ['webapp/web-1']));
    await eventually(() => assert.ok(words(events).includes('server-cut web-1')));
  });

  it('cuts the requests of a server that hangs also when a change called for the pass', async () => {
    const { balancer, events, join } = runWatcher({ hungAfterMs: 0 });
    await join('web-1');
    await eventually(() => assert.equal(events.length, 2));
    balancer.set('web-1', { health: 'down', inFlight: 3, answers: false });
    await join('web-2');
    await eventually(() => assert.deepEqual(balancer.cuts, ['webapp/web-1']), 3_000);
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
