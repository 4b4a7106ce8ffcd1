import { strict as assert } from 'node:assert';
import { runningServer } from '../fixture.test.js';
import type { RunningServer } from '../plan/desired.js';
import { type Drain, type DrainRequest, drainKey, stepDrains } from './drain-tracker.js';

const RULES = { stickyGraceMs: 0, deadlineMs: 10_000, lingerMs: 3_000 };
const STICKY = { ...RULES, stickyGraceMs: 2_000 };

const draining = (patch: Partial<RunningServer> = {}) => runningServer('web-1', { admin: 'drain', ...patch });

function request(patch: Partial<DrainRequest> = {}): DrainRequest {
  return { backend: 'webapp', id: 'web-1', boot: 'b1', cause: 'announced', server: draining(), ...patch };
}

interface Look {
  readonly atMs: number;
  readonly request?: Partial<DrainRequest>;
  readonly oldWorkers?: number;
}

/** The one drain after each look, from none. */
function follow(looks: readonly Look[], rules = RULES): Drain[] {
  let drains: ReadonlyMap<string, Drain> = new Map();
  return looks.map(({ atMs, request: patch, oldWorkers = 0 }) => {
    drains = stepDrains(drains, [request(patch)], oldWorkers, atMs, rules);
    const drain = drains.get('webapp/web-1');
    assert.ok(drain);
    return drain;
  });
}

const brief = ({ wanted, drainedMs }: Drain) => `${wanted} ${drainedMs === null ? 'open' : `drained at ${drainedMs}`}`;

describe('drain tracker', () => {
  it('goes drain, idle twice, drained, linger, gone', () => {
    const server = runningServer('web-1');
    const looks = [
      { atMs: 0, request: { server } },
      { atMs: 10, request: { server: draining({ inFlight: 2 }) } },
      { atMs: 20 },
      { atMs: 30 },
      { atMs: 3_029 },
      { atMs: 3_030 },
    ];
    assert.deepEqual(follow(looks).map(brief), [
      'drain open',
      'drain open',
      'drain open',
      'drain drained at 30',
      'drain drained at 30',
      'gone drained at 30',
    ]);
  });

  it('counts anew when a request is seen between two idle looks', () => {
    const busy = { server: draining({ inFlight: 1 }) };
    const states = follow([{ atMs: 0 }, { atMs: 10, request: busy }, { atMs: 20 }, { atMs: 30 }]);
    assert.deepEqual(
      states.map(({ idleLooks }) => idleLooks),
      [1, 0, 1, 2],
    );
    assert.deepEqual(states.map(brief).slice(2), ['drain open', 'drain drained at 30']);
  });

  it('does not take a server for idle while it is ready', () => {
    const looks = [0, 10, 20].map((atMs) => ({ atMs, request: { server: runningServer('web-1') } }));
    assert.deepEqual(brief(follow(looks)[2] as Drain), 'drain open');
  });

  it('does not take a server for idle whose requests were not counted', () => {
    const looks = [0, 10, 20].map((atMs) => ({ atMs, request: { server: draining({ inFlight: null }) } }));
    assert.deepEqual(brief(follow(looks)[2] as Drain), 'drain open');
  });

  it('takes a server that does not run for idle', () => {
    const looks = [0, 10].map((atMs) => ({ atMs, request: { server: null } }));
    assert.equal(brief(follow(looks)[1] as Drain), 'drain drained at 10');
  });

  it('waits while an old worker still has a client connection', () => {
    const looks = [{ atMs: 0, oldWorkers: 1 }, { atMs: 10, oldWorkers: 1 }, { atMs: 20 }, { atMs: 30 }];
    assert.deepEqual(follow(looks).map(brief), ['drain open', 'drain open', 'drain open', 'drain drained at 30']);
  });

  it('waits for old workers even when the server does not run any more', () => {
    const looks = [0, 10, 20].map((atMs) => ({ atMs, oldWorkers: 1, request: { server: null } }));
    assert.equal(brief(follow(looks)[2] as Drain), 'drain open');
  });

  it('is drained at the deadline whatever is in flight', () => {
    const server = draining({ inFlight: 3 });
    const looks = [0, 9_999, 10_000].map((atMs) => ({ atMs, oldWorkers: 2, request: { server } }));
    assert.deepEqual(follow(looks).map(brief), ['drain open', 'drain open', 'drain drained at 10000']);
  });

  it('never takes back that it was drained', () => {
    const busy = { server: draining({ inFlight: 1 }) };
    const states = follow([{ atMs: 0 }, { atMs: 10 }, { atMs: 20, request: busy, oldWorkers: 1 }]);
    assert.equal(brief(states[2] as Drain), 'drain drained at 10');
  });

  it('lets sticky clients go on for the grace, then closes the server, and only then it can be drained', () => {
    const maint = { server: draining({ admin: 'maint' }) };
    const looks = [
      { atMs: 0 },
      { atMs: 10 },
      { atMs: 1_999 },
      { atMs: 2_000 },
      { atMs: 2_010, request: maint },
      { atMs: 2_020, request: maint },
    ];
    assert.deepEqual(follow(looks, STICKY).map(brief), [
      'drain open',
      'drain open',
      'drain open',
      'maint open',
      'maint open',
      'maint drained at 2020',
    ]);
  });

  it('takes a server that an operator put into maintenance for closed, with a cookie or without', () => {
    const looks = [0, 10].map((atMs) => ({ atMs, request: { server: draining({ admin: 'maint' }) } }));
    assert.equal(brief(follow(looks)[1] as Drain), 'drain drained at 10');
    // With a cookie it stays there: an earlier watcher may have acknowledged it.
    assert.equal(brief(follow(looks, STICKY)[1] as Drain), 'maint drained at 10');
  });

  it('removes a deregistered member as soon as it is drained', () => {
    const looks = [0, 10].map((atMs) => ({ atMs, request: { cause: 'deregistered' as const } }));
    assert.deepEqual(follow(looks).map(brief), ['drain open', 'gone drained at 10']);
  });

  it('never removes a member that an operator drained, and has no deadline for it', () => {
    const busy = { cause: 'intent' as const, server: draining({ inFlight: 1 }) };
    const idle = { cause: 'intent' as const };
    const looks = [
      { atMs: 0, request: busy },
      { atMs: 60_000, request: busy },
      { atMs: 60_010, request: idle },
      { atMs: 60_020, request: idle },
      { atMs: 3_600_000, request: idle },
    ];
    assert.deepEqual(follow(looks).map(brief), [
      'drain open',
      'drain open',
      'drain open',
      'drain drained at 60020',
      'drain drained at 60020',
    ]);
  });

  it('starts over with a new boot', () => {
    const states = follow([{ atMs: 0 }, { atMs: 10 }, { atMs: 20, request: { boot: 'b2' } }]);
    assert.equal(brief(states[1] as Drain), 'drain drained at 10');
    assert.deepEqual(states[2], {
      ...request({ boot: 'b2' }),
      startedMs: 20,
      causedMs: 20,
      drainedMs: null,
      idleLooks: 1,
      wanted: 'drain',
    });
  });

  it('goes on when the member itself announces its leave after an operator drained it, with a deadline of its own', () => {
    const intent = { cause: 'intent' as const };
    const states = follow([{ atMs: 0, request: intent }, { atMs: 10, request: intent }, { atMs: 5_000 }]);
    assert.deepEqual(
      states.map(({ startedMs, causedMs }) => [startedMs, causedMs]),
      [
        [0, 0],
        [0, 0],
        [0, 5_000],
      ],
    );
    assert.equal(states[2]?.drainedMs, 10);
  });

  it('forgets drains that nobody asks for any more', () => {
    const drains = stepDrains(new Map(), [request()], 0, 0, RULES);
    assert.equal(stepDrains(drains, [], 0, 10, RULES).size, 0);
  });

  it('keeps members of the same id in different backends apart', () => {
    const other = request({ backend: 'api', server: draining({ inFlight: 1 }) });
    let drains = stepDrains(new Map(), [request(), other], 0, 0, RULES);
    drains = stepDrains(drains, [request(), other], 0, 10, RULES);
    assert.deepEqual(
      [...drains].map(([key, drain]) => `${key} ${brief(drain)}`),
      ['webapp/web-1 drain drained at 10', 'api/web-1 drain open'],
    );
    assert.equal(drainKey(other), 'api/web-1');
  });
});
