import { strict as assert } from 'node:assert';
import type { Intent } from '@muster/membership';
import { member, memberSet, runningServer, runningState, STRUCTURE } from '../fixture.test.js';
import type { RunningState } from '../plan/desired.js';
import { describePlan, makePlan } from '../plan/plan.js';
import { type Decision, decide, type Facts } from './decide.js';

const BASE: Facts = {
  services: ['webapp'],
  running: runningState([]),
  sets: new Map([['webapp', null]]),
  intents: new Map(),
  weights: new Map(),
  guards: new Map(),
  drains: new Map(),
  released: new Map(),
  nowMs: 0,
  limits: { share: 0.5, windowMs: 10_000 },
  rules: { stickyGraceMs: 0, deadlineMs: 10_000, lingerMs: 3_000 },
  ringWeight: null,
};

const set = (...args: Parameters<typeof memberSet>) => new Map([['webapp', memberSet(...args)]]);
const intents = (...pairs: [string, Intent][]) => new Map([['webapp', new Map(pairs)]]);

function decided(facts: Partial<Facts>): Decision {
  return decide({ ...BASE, ...facts }) ?? assert.fail('nothing was decided');
}

function planned(decision: Decision, running: RunningState): string {
  return describePlan(makePlan(decision.desired, running, STRUCTURE.revision));
}

describe('decide', () => {
  it('decides nothing before the first full set', () => {
    const running = runningState([runningServer('web-1')]);
    assert.equal(decide({ ...BASE, running }), null);
  });

  it('decides nothing while one of several services has no set', () => {
    const sets = new Map([...set(1, member('web-1')), ['api', null] as const]);
    assert.equal(decide({ ...BASE, services: ['webapp', 'api'], sets }), null);
  });

  it("takes an operator's weight of one service for that service only", () => {
    const sets = new Map([...set(1, member('web-1')), ['api', memberSet(1, member('web-1'))] as const]);
    const weights = new Map([['api', new Map([['web-1', 5]])]]);
    const { desired } = decided({ services: ['webapp', 'api'], sets, weights });
    const weightIn = (service: string) => desired.get(service)?.get('web-1')?.weight;
    assert.deepEqual([weightIn('webapp'), weightIn('api')], [1, 5]);
  });

  it('serves the last good members while there is no set', () => {
    const { guards } = decided({ sets: set(1, member('web-1')) });
    const decision = decided({ guards });
    assert.equal(planned(decision, runningState([])), 'runtime: add web-1; reload: none');
  });

  it('wants nothing changed after a restart when nothing has changed', () => {
    const members = [member('web-1', { port: 3001 }), member('web-2', { port: 3002, weight: 4 })];
    const running = runningState([
      runningServer('web-1', { port: 3001, health: 'down' }),
      runningServer('web-2', { port: 3002, weight: 4, serverId: 10_002, admin: 'drain' }),
    ]);
    const decision = decided({ running, sets: set(9, ...members), intents: intents(['web-2', 'drain']) });
    assert.equal(planned(decision, running), 'runtime: none; reload: none');
  });

  it('takes the servers that run for the members of before, when nothing is kept on disk', () => {
    const running = runningState(
      ['web-1', 'web-2', 'web-3', 'web-4'].map((name, at) => runningServer(name, { port: 3000 + at })),
    );
    const decision = decided({ running, sets: set(5, member('web-1')) });
    assert.equal(planned(decision, running), 'runtime: none; reload: none');
    const held = [...(decision.guards.get('webapp')?.verdicts.values() ?? [])].map(({ held: reason }) => reason);
    assert.deepEqual(held, [null, 'sudden-shrink', 'sudden-shrink', 'sudden-shrink']);
  });

  it('does not empty a balancer whose registry answers with an empty set after a restart', () => {
    const running = runningState([runningServer('web-1')]);
    const decision = decided({ running, sets: set(1) });
    assert.equal(planned(decision, running), 'runtime: none; reload: none');
  });

  it('adds nobody while the first answer of an empty registry is all there is', () => {
    assert.equal(planned(decided({ sets: set(0) }), runningState([])), 'runtime: none; reload: none');
  });

  it('drains a leaving member, then removes it after the linger', () => {
    const before = decided({ sets: set(1, member('web-0', { port: 1 }), member('web-1')) });
    const sets = set(2, member('web-0', { port: 1 }), member('web-1', { status: 'leaving' }));
    const zero = runningServer('web-0', { port: 1, serverId: 10_000 });
    const alone = { ...zero, checked: false };
    const ready = runningState([zero, runningServer('web-1')]);
    const first = decided({ sets, guards: before.guards, running: ready });
    assert.equal(planned(first, ready), 'runtime: drain web-1, check web-0 off; reload: none');
    const drained = runningState([alone, runningServer('web-1', { admin: 'drain' })]);
    const second = decided({ ...first, sets, running: drained, nowMs: 10 });
    const third = decided({ ...second, sets, running: drained, nowMs: 20 });
    assert.equal(planned(third, drained), 'runtime: none; reload: none');
    const late = decided({ ...third, sets, running: drained, nowMs: 3_020 });
    assert.equal(planned(late, drained), 'runtime: remove web-1; reload: none');
    const gone = decided({ ...late, sets: set(3, member('web-0', { port: 1 })), running: drained, nowMs: 3_030 });
    assert.equal(planned(gone, drained), 'runtime: remove web-1; reload: none');
  });

  it('drains a deregistered member, removes its server, and then forgets it', () => {
    const both = [member('web-0', { port: 1 }), member('web-1')];
    const zero = runningServer('web-0', { port: 1, serverId: 10_000, checked: false });
    const before = decided({ sets: set(1, ...both) });
    const sets = set(2, member('web-0', { port: 1 }));
    const drained = runningState([zero, runningServer('web-1', { admin: 'drain' })]);
    const first = decided({ ...before, sets, running: drained });
    const second = decided({ ...first, sets, running: drained, nowMs: 10 });
    assert.equal(planned(second, drained), 'runtime: remove web-1; reload: none');
    assert.ok(second.guards.get('webapp')?.verdicts.has('web-1'));
    const removed = runningState([zero]);
    const third = decided({ ...second, sets, running: removed, nowMs: 20 });
    assert.equal(third.guards.get('webapp')?.verdicts.has('web-1'), false);
    assert.equal(planned(third, removed), 'runtime: none; reload: none');
    const fourth = decided({ ...third, sets, running: removed, nowMs: 30 });
    assert.equal(fourth.drains.size, 0);
  });

  it('keeps a member out of rotation that an operator drained, over a restart too', () => {
    const running = runningState([runningServer('web-1')]);
    const facts = { running, sets: set(1, member('web-1')), intents: intents(['web-1', 'drain']) };
    assert.equal(planned(decided(facts), running), 'runtime: drain web-1; reload: none');
    const out = runningState([runningServer('web-1', { admin: 'drain' })]);
    assert.equal(
      planned(decided({ ...facts, running: out, intents: new Map() }), out),
      'runtime: ready web-1, check web-1 off; reload: none',
    );
  });

  it('lets a held member go when an operator says so, in its own service only', () => {
    const running = runningState([runningServer('web-1')]);
    const held = decided({ ...decided({ sets: set(9, member('web-1')) }), sets: set(3), running });
    const other = decided({ ...held, sets: set(3), running, released: new Map([['api', new Set(['web-1'])]]) });
    assert.equal(planned(other, running), 'runtime: none; reload: none');
    const released = decided({ ...held, sets: set(3), running, released: new Map([['webapp', new Set(['web-1'])]]) });
    assert.equal(planned(released, running), 'runtime: drain web-1; reload: none');
  });

  it('takes no server out whose check fails while the registry still lists it', () => {
    const running = runningState([runningServer('web-1', { health: 'down' })]);
    for (const status of ['alive', 'failed'] as const) {
      const decision = decided({ running, sets: set(1, member('web-1', { status })) });
      assert.equal(planned(decision, running), 'runtime: none; reload: none');
    }
  });

  it('scales weights for a structure that shares by a ring, and for no other', () => {
    const sets = set(1, member('web-1'), member('web-2', { weight: 2 }));
    const weightsOf = ({ desired }: Decision) =>
      [...(desired.get('webapp')?.values() ?? [])].map(({ weight }) => weight);
    assert.deepEqual(weightsOf(decided({ sets })), [1, 2]);
    assert.deepEqual(weightsOf(decided({ sets, ringWeight: 64 })), [32, 64]);
  });

  it('decides the same twice', () => {
    const running = runningState([runningServer('web-1', { admin: 'drain' })]);
    const facts = { running, sets: set(1, member('web-1', { status: 'leaving' })) };
    assert.deepEqual(decided(facts), decided(facts));
  });
});
