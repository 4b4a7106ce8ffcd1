import { strict as assert } from 'node:assert';
import { monotonicMs } from '@muster/membership';
import { byName, desiredServer, member, runningServer, runningState, STRUCTURE } from '../fixture.test.js';
import type { GuardState, Verdict } from '../guard/guard.js';
import { makePlan } from '../plan/plan.js';
import { createView, type Snapshot, type StatusFacts } from './view.js';

const NOTHING: Snapshot = {
  guards: new Map(),
  intents: new Map(),
  weights: new Map(),
  running: null,
  plan: null,
  drains: new Map(),
  passedMs: null,
};
const FACTS: StatusFacts = {
  balancer: { id: 'lb-1', name: 'haproxy', version: '3.2.26' },
  services: ['webapp'],
  registry: { name: 'file', reachable: true },
  problem: null,
  reloads: 2,
  balance: 'roundrobin',
  stickyCookie: '',
  changesBy: 'runtime',
  expectedRevision: STRUCTURE.revision,
};

const desired = (...names: readonly string[]) =>
  new Map([['webapp', byName(names.map((name) => desiredServer(name)))]]);
const IN_SYNC: Partial<Snapshot> = {
  running: runningState([], { oldWorkers: 2 }),
  plan: makePlan(desired(), runningState([]), STRUCTURE.revision),
};

const viewOf = (snapshot: Partial<Snapshot>, facts: Partial<StatusFacts> = {}) =>
  createView(
    () => ({ ...NOTHING, ...snapshot }),
    () => ({ ...FACTS, ...facts }),
  );

function guards(...verdicts: readonly Verdict[]): ReadonlyMap<string, GuardState> {
  const state = { index: '1', vanished: [], verdicts: new Map(verdicts.map((one) => [one.member.id, one])) };
  return new Map([['webapp', state]]);
}

describe('view', () => {
  it('has answers before the first pass', () => {
    const view = viewOf({});
    assert.deepEqual(view.members(), []);
    assert.deepEqual(view.plan(), { text: 'no pass has been made yet', steps: [], reload: null });
    const { inSync, revision, balancer } = view.status();
    assert.deepEqual([inSync, revision, balancer.workers], [false, 'unknown', 0]);
  });

  it('says that the loop comes round only when it lately did', () => {
    const passes = (ago: number | null) => viewOf({ passedMs: ago === null ? null : monotonicMs() - ago }).passes();
    assert.deepEqual([passes(null), passes(0), passes(4_000), passes(6_000)], [false, true, true, false]);
  });

  it('tells the facts, and all workers', () => {
    const { expectedRevision, changesBy: _, ...facts } = FACTS;
    const balancer = { ...facts.balancer, workers: 3 };
    assert.deepEqual(viewOf(IN_SYNC).status(), { ...facts, balancer, revision: expectedRevision, inSync: true });
  });

  it('is in sync only with nothing to do, the expected revision and no problem', () => {
    const busy = { ...IN_SYNC, plan: makePlan(desired('web-1'), runningState([]), STRUCTURE.revision) };
    assert.equal(viewOf(busy).status().inSync, false);
    assert.equal(viewOf(IN_SYNC, { expectedRevision: 'another' }).status().inSync, false);
    assert.equal(viewOf(IN_SYNC, { problem: 'disk full' }).status().inSync, false);
  });

  it('explains the plan', () => {
    const view = viewOf({ plan: makePlan(desired('web-1'), runningState([]), STRUCTURE.revision) });
    assert.deepEqual(view.plan(), {
      text: 'runtime: add web-1; reload: none',
      steps: ['add web-1: it is a member and the balancer does not run it'],
      reload: null,
    });
  });

  it('shows each member beside its server, its intent, the weight in force and whether it is held', () => {
    const members = viewOf({
      guards: guards(
        { member: member('web-1'), fate: 'serve', held: 'sudden-shrink' },
        { member: member('web-2', { status: 'leaving' }), fate: 'drain', held: null },
      ),
      intents: new Map([['webapp', new Map([['web-2', 'drain']])]]),
      weights: new Map([['webapp', new Map([['web-2', 0]])]]),
      running: runningState([runningServer('web-1', { admin: 'drain', health: 'down', inFlight: 7 })]),
    }).members();
    const server = { admin: 'drain', health: 'down', weight: 1, inFlight: 7 };
    const leaving = { ...member('web-2', { status: 'leaving' }), weight: 0, operatorWeight: 0 };
    assert.deepEqual(members, [
      { ...member('web-1'), operatorWeight: null, service: 'webapp', server, intent: null, held: true },
      { ...leaving, service: 'webapp', server: null, intent: 'drain', held: false },
    ]);
  });

  it('shows zero in flight while nobody has counted', () => {
    const [one] = viewOf({
      guards: guards({ member: member('web-1'), fate: 'serve', held: null }),
      running: runningState([runningServer('web-1', { inFlight: null })]),
    }).members();
    assert.equal(one?.server?.inFlight, 0);
  });
});
