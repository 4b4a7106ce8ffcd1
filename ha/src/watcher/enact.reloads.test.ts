import { strict as assert } from 'node:assert';
import { MusterError } from '@muster/membership';
import { byName, desiredServer } from '../fixture.test.js';
import type { DesiredServer, DesiredState } from '../plan/desired.js';
import { createReloadGate, MEMBER_RELOADS, type ReloadGate } from './reload-gate.js';
import { desired, drained, enactor } from './run-enactor.test.js';

/** Time passes only when the test says so: between two changes of a test a busy machine may let more of it pass than the gap. */
function gateWithClock(): { readonly gate: ReloadGate; pass(ms: number): void } {
  const inner = createReloadGate(MEMBER_RELOADS);
  let nowMs = 0;
  const gate: ReloadGate = {
    waitMs: (oldWorkers) => inner.waitMs(oldWorkers, nowMs),
    made: () => inner.made(nowMs),
    failed: (_nowMs, again) => inner.failed(nowMs, again),
    get count() {
      return inner.count;
    },
  };
  return {
    gate,
    pass(ms) {
      nowMs += ms;
    },
  };
}

describe('enactor, where members take a reload', () => {
  it('makes the first change at once where each is a reload, and the following ones together', async () => {
    const { gate, pass } = gateWithClock();
    const { balancer, enact } = enactor({ memberGate: gate });
    balancer.changesBy = 'reload';
    assert.equal((await enact(desired('web-1'))).done.length, 1);
    assert.deepEqual((await enact(desired('web-1', 'web-2'))).done, []);
    pass(MEMBER_RELOADS.gapMs);
    assert.equal((await enact(desired('web-1', 'web-2', 'web-3'))).done.length, 2);
    assert.equal(balancer.reloads, 2);
  });

  it('lets changes wait where each is a reload and too many old workers still live', async () => {
    const { balancer, enact } = enactor();
    balancer.changesBy = 'reload';
    balancer.oldWorkers = MEMBER_RELOADS.maxOldWorkers;
    assert.deepEqual((await enact(desired('web-1'))).done, []);
    balancer.oldWorkers -= 1;
    assert.equal((await enact(desired('web-1'))).done.length, 1);
    balancer.oldWorkers += 1;
    assert.equal((await enact(drained('web-1'))).done.length, 1, 'a drain does not wait');
  });

  it('counts old workers before a change only when there may be too many, so that the first one does not wait', async () => {
    const { balancer, enact } = enactor();
    balancer.changesBy = 'reload';
    const counts = () => balancer.reads.filter((inFlight) => inFlight).length;
    await enact(desired());
    const joined: string[] = [];
    const join = () => {
      joined.push(`web-${joined.length + 1}`);
      return enact(desired(...joined), false);
    };
    while (joined.length < MEMBER_RELOADS.maxOldWorkers) {
      assert.equal((await join()).done.length, 1);
      assert.equal(counts(), 1, joined.at(-1));
    }
    assert.equal((await join()).done.length, 1);
    assert.equal(counts(), 2);
  });

  it('counts old workers again after a change that failed: it may have left some', async () => {
    const { balancer, enact } = enactor();
    balancer.changesBy = 'reload';
    balancer.beforeApply = () => {
      balancer.beforeApply = () => {};
      balancer.oldWorkers = MEMBER_RELOADS.maxOldWorkers;
      throw new MusterError('reload-unproved', 'no new worker');
    };
    await assert.rejects(enact(desired('web-1')), { code: 'reload-unproved' });
    assert.deepEqual((await enact(desired('web-1'), false)).done, []);
  });

  it('reloads for a server that only a reload can move, and lets nobody else wait while that must wait', async () => {
    const { balancer, enact, events } = enactor();
    balancer.set('web-1', { serverId: 10_001 });
    balancer.set('web-2', { serverId: 10_002, port: 3002 });
    balancer.fixed = ['web-1'];
    balancer.oldWorkers = 4;
    const leaving = desiredServer('web-2', { serverId: 10_002, port: 3002, admin: 'drain' });
    const joining = desiredServer('web-3', { serverId: 10_003, port: 3003 });
    const want = (...others: readonly DesiredServer[]): DesiredState =>
      new Map([['webapp', byName([desiredServer('web-1', { serverId: 10_001, address: '10.0.0.2' }), ...others])]]);
    const kinds = async (desired: DesiredState) => (await enact(desired)).done.map(({ kind }) => kind);
    assert.deepEqual(await kinds(want(leaving)), ['drain']);
    assert.deepEqual(await kinds(want(leaving)), [], 'nothing is left but the reload');
    assert.deepEqual(await kinds(want(leaving, joining)), ['add']);
    assert.deepEqual([balancer.servers(), balancer.reloads], [['web-1 ready', 'web-2 drain', 'web-3 ready'], 0]);
    balancer.oldWorkers = 0;
    assert.equal((await enact(want(leaving, joining))).fault, null);
    assert.deepEqual([balancer.reloads, events.map(({ message }) => message)], [1, ['reloaded: moved: web-1']]);
    const { plan } = await enact(want(leaving, joining));
    assert.deepEqual([plan.steps, plan.reload, balancer.reloads], [[], null, 1]);
  });

  it('calls for the next pass at once when a move needs a reload, and only once while that must wait', async () => {
    const calls: number[] = [];
    const { balancer, enact } = enactor({ onSoon: (ms) => void calls.push(ms) });
    balancer.set('web-1', {});
    balancer.fixed = ['web-1'];
    balancer.oldWorkers = 4;
    const moved = new Map([['webapp', byName([desiredServer('web-1', { address: '10.0.0.2' })])]]);
    for (let pass = 0; pass < 3; pass += 1) await enact(moved);
    assert.deepEqual([calls[0], calls.slice(1).filter((ms) => ms === 0), calls.length], [0, [], 3]);
  });
});
