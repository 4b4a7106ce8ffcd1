import { strict as assert } from 'node:assert';
import { MusterError } from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import { EDITED, STRUCTURE } from '../fixture.test.js';
import { MemoryBalancer } from './memory-balancer.test.js';
import { latch, registration, runWatcher, settlesAlone, stopAll, words } from './run-watcher.test.js';

const NEVER = new AbortController().signal;

describe('watcher', () => {
  afterEach(stopAll);

  it('applies the first change at once, and what comes before the next pass in one apply', async () => {
    const { balancer, join } = runWatcher();
    const { passed, open } = latch();
    balancer.beforeApply = () => passed;
    await join('web-1');
    await eventually(() => assert.deepEqual(balancer.applied, ['runtime: add web-1; reload: none']));
    for (const id of ['web-2', 'web-3', 'web-4']) await join(id);
    open();
    await eventually(() => assert.equal(balancer.servers().length, 4));
    assert.deepEqual(balancer.applied.slice(1), ['runtime: add web-2, add web-3, add web-4; reload: none']);
  });

  it('tells of a change from its beginning, so that nobody takes the old plan for the end of it', async () => {
    const { balancer, join, watcher } = runWatcher();
    const steps = () => watcher.snapshot().plan?.steps.map(({ kind }) => kind);
    await eventually(() => assert.deepEqual(steps(), []));
    const { passed, open } = latch();
    balancer.beforeApply = () => passed;
    await join('web-1');
    await eventually(() => assert.equal(balancer.applied.length, 1));
    assert.deepEqual(steps(), ['add']);
    open();
    await eventually(() => assert.deepEqual(steps(), []));
    assert.deepEqual(balancer.servers(), ['web-1 ready']);
  });

  it('sets a weight that an operator changes, and the own one after a reset, without a reload', async () => {
    const { balancer, join, registry } = runWatcher();
    await join('web-1');
    await settlesAlone(balancer);
    await registry.weights.setWeight('webapp', 'web-1', 6, NEVER);
    await eventually(() => assert.equal(balancer.applied.at(-1), 'runtime: weight web-1 to 6; reload: none'));
    await registry.weights.setWeight('webapp', 'web-1', null, NEVER);
    await eventually(() => assert.equal(balancer.applied.at(-1), 'runtime: weight web-1 to 1; reload: none'));
  });

  it('settles an answer that it does not know by exactly one reload', async () => {
    const { balancer, events, join } = runWatcher();
    balancer.failNext(new MusterError('balancer-answer-unknown', 'answered "perhaps"'));
    await join('web-1');
    await settlesAlone(balancer);
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
    balancer.beforeApply = ({ steps }) => {
      if (steps.some(({ kind }) => kind === 'add')) readsOfTheChange = balancer.reads.slice(-1);
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
    await eventually(() => assert.deepEqual(balancer.cuts, ['webapp/web-1']));
  });
});
