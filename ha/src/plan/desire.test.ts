import { strict as assert } from 'node:assert';
import type { Drain } from '../drain/drain-tracker.js';
import { byName, member, runningServer } from '../fixture.test.js';
import type { GuardState, Verdict } from '../guard/guard.js';
import { desire } from './desire.js';
import type { DesiredServer, RunningServer } from './desired.js';

const serve = (id: string, patch: Partial<Verdict> = {}): Verdict => ({
  member: member(id),
  fate: 'serve',
  held: null,
  ...patch,
});

function drain(id: string, patch: Partial<Drain> = {}): Drain {
  const base = { backend: 'webapp', boot: 'b1', cause: 'announced' as const, server: null };
  return { ...base, id, startedMs: 0, causedMs: 0, drainedMs: null, idleLooks: 0, wanted: 'drain', ...patch };
}

function desired(
  verdicts: readonly Verdict[],
  running: readonly RunningServer[] = [],
  drains: readonly Drain[] = [],
  weights: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, DesiredServer> {
  const guarded: GuardState = {
    index: '1',
    vanished: [],
    verdicts: new Map(verdicts.map((one) => [one.member.id, one])),
  };
  const input = { backend: 'webapp', guarded, running: byName(running), weights };
  return desire([input], new Map(drains.map((one) => [`webapp/${one.id}`, one])), null).get('webapp') ?? new Map();
}

const admins = (servers: ReadonlyMap<string, DesiredServer>) =>
  [...servers.values()].map(({ name, admin }) => `${name} ${admin}`);

describe('desire', () => {
  it('takes address, port and weight from the member', () => {
    const one = member('web-1', { address: 'fd00::1', port: 81, weight: 7 });
    const { serverId, ...rest } = desired([serve('web-1', { member: one })]).get('web-1') ?? assert.fail();
    assert.ok(serverId >= 10_000);
    assert.deepEqual(rest, {
      name: 'web-1',
      address: 'fd00::1',
      port: 81,
      weight: 7,
      admin: 'ready',
      down: false,
      checked: true,
    });
  });

  it('keeps the id of a running server and tells that it is down', () => {
    const running = runningServer('web-1', { serverId: 42, health: 'down' });
    const server = desired([serve('web-1')], [running]).get('web-1');
    assert.equal(server?.serverId, 42);
    assert.equal(server?.down, true);
  });

  it('leaves the last one in service to the registry while that calls it alive', () => {
    const running = [runningServer('web-1'), runningServer('web-2', { health: 'down' })];
    const checked = (status: 'alive' | 'failed', held: Verdict['held'] = null) =>
      desired([serve('web-1', { member: member('web-1', { status }), held }), serve('web-2')], running).get('web-1')
        ?.checked;
    assert.equal(checked('alive'), false);
    assert.equal(checked('failed'), true);
    assert.equal(checked('alive', 'last-member'), true);
    assert.equal(desired([serve('web-1'), serve('web-2')], running).get('web-2')?.checked, true);
  });

  it('gives a draining member the state that its drain has come to', () => {
    const running = ['a', 'b', 'c'].map((name) => runningServer(name));
    const drains = [drain('a'), drain('b', { wanted: 'maint' }), drain('c', { wanted: 'gone' })];
    const verdicts = ['a', 'b', 'c'].map((id) => serve(id, { fate: 'drain' }));
    assert.deepEqual(admins(desired(verdicts, running, drains)), ['a drain', 'b maint']);
  });

  it('does not add a member that is first seen while it leaves', () => {
    assert.deepEqual(admins(desired([serve('a', { fate: 'drain' })], [], [drain('a')])), []);
    assert.deepEqual(admins(desired([serve('a', { fate: 'drain' })])), []);
  });

  it('adds a member that an operator had drained before it came, as draining', () => {
    assert.deepEqual(admins(desired([serve('a')], [], [drain('a', { cause: 'intent' })])), ['a drain']);
  });

  it('does not add a member that is first seen failed, but keeps one that runs or is held', () => {
    const failed = serve('a', { member: member('a', { status: 'failed' }) });
    assert.deepEqual(admins(desired([failed])), []);
    assert.deepEqual(admins(desired([failed], [runningServer('a')])), ['a ready']);
    assert.deepEqual(admins(desired([{ ...failed, held: 'last-member' }])), ['a ready']);
  });

  it("lets an operator's weight stand in the place of the member's own, 0 too", () => {
    const asked = new Map([
      ['a', 0],
      ['b', 9],
    ]);
    const servers = desired([serve('a'), serve('b'), serve('c')], [], [], asked);
    assert.deepEqual(
      [...servers.values()].map(({ weight }) => weight),
      [0, 9, 1],
    );
  });

  it('multiplies the weight in force with what the member can take', () => {
    const slow = serve('a', { member: member('a', { capacity: 50 }) });
    const weights = [...desired([slow, serve('b')], [], [], new Map([['b', 2]])).values()].map((one) => one.weight);
    assert.deepEqual(weights, [64, 256]);
  });

  it('has every backend, also one without members', () => {
    const empty: GuardState = { index: '1', vanished: [], verdicts: new Map() };
    const inputs = ['webapp', 'api'].map((backend) => ({
      backend,
      guarded: empty,
      running: new Map(),
      weights: new Map(),
    }));
    assert.deepEqual([...desire(inputs, new Map(), null).keys()], ['webapp', 'api']);
  });
});
