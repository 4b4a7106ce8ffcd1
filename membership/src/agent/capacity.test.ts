import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import {
  type CapacityState,
  CHANGE_GAP_MS,
  FULL_CAPACITY,
  LEAST_CAPACITY,
  type Signals,
  stepCapacity,
  wantedCapacity,
} from './capacity.js';

const TARGET_MS = 50;
const GOOD: Signals = { probeMs: 2, appMs: 5, loopMs: 1, cpuPercent: 20 };

interface Told {
  readonly atMs: number;
  readonly capacity: number;
}

/** Plays one probe after the other, `everyMs` apart; gives the last state and every change that was told. */
function play(all: readonly Signals[], everyMs = 500, from: CapacityState = FULL_CAPACITY) {
  let state = from;
  const told: Told[] = [];
  const startMs = from.probedMs ?? 0;
  for (const [at, signals] of all.entries()) {
    const atMs = startMs + (at + 1) * everyMs;
    const next = stepCapacity(state, signals, atMs, TARGET_MS);
    if (next.capacity !== state.capacity) told.push({ atMs, capacity: next.capacity });
    state = next;
  }
  return { state, told };
}

const times = (count: number, signals: Signals): Signals[] => Array.from({ length: count }, () => signals);

const anySignals = fc.record({
  probeMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
  appMs: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }), { nil: undefined }),
  loopMs: fc.option(fc.double({ min: 0, max: 5_000, noNaN: true }), { nil: undefined }),
  cpuPercent: fc.option(fc.double({ min: 0, max: 400, noNaN: true }), { nil: undefined }),
});
const anyPeriod = fc.integer({ min: 20, max: 5_000 });
const worse = ({ probeMs, appMs = 0, loopMs = 0, cpuPercent = 0 }: Signals, by: number): Signals => ({
  ...{ probeMs: probeMs + by, appMs: appMs + by, loopMs: loopMs + by, cpuPercent: cpuPercent + by },
});

describe('the capacity that signals call for', () => {
  for (const [what, signals, expected] of [
    ['everything is fine', GOOD, 100],
    ['latency is just what is still fine', { probeMs: 50 }, 100],
    ['the probe takes twice as long', { probeMs: 100 }, 50],
    ['requests take four times as long', { ...GOOD, appMs: 200 }, 25],
    ['the event loop lags five times as long', { ...GOOD, loopMs: 250 }, 20],
    ['a core is fully busy', { ...GOOD, cpuPercent: 100 }, 50],
    ['one signal is worse than another', { probeMs: 100, appMs: 250 }, 20],
    ['the app hardly answers', { probeMs: 60_000 }, LEAST_CAPACITY],
  ] as const) {
    it(`is ${expected} when ${what}`, () => assert.equal(Math.round(wantedCapacity(signals, TARGET_MS)), expected));
  }

  it('falls when any signal gets worse, never rises', () => {
    fc.assert(
      fc.property(anySignals, fc.double({ min: 0, max: 1_000, noNaN: true }), (signals, by) => {
        const [better, after] = [signals, worse(signals, by)].map((one) => wantedCapacity(one, TARGET_MS));
        assert.ok((after ?? 0) <= (better ?? 0));
      }),
    );
  });
});

describe('the capacity that is told', () => {
  it('stays at 100 while the app copes, and through one bad probe', () => {
    assert.deepEqual(play([...times(5, GOOD), { probeMs: 1_000 }, ...times(5, GOOD)]).told, []);
  });

  it('falls within a second of an overload, close to what the signals call for within three', () => {
    const { told, state } = play([...times(5, GOOD), ...times(6, { ...GOOD, appMs: 250 })]);
    assert.ok((told[0]?.atMs ?? Number.POSITIVE_INFINITY) <= 3_500, JSON.stringify(told));
    assert.ok(state.capacity <= 30, JSON.stringify(told));
  });

  it('rises slower than it falls, and comes back to 100', () => {
    const low = play(times(20, { ...GOOD, appMs: 1_000 }));
    assert.ok(low.state.capacity < LEAST_CAPACITY + 10, `${low.state.capacity}`);
    const { told, state } = play(times(30, GOOD), 500, low.state);
    assert.equal(state.capacity, 100);
    const values = told.map(({ capacity }) => capacity);
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b),
    );
    const firstMs = (low.told[0]?.atMs ?? 0) + 1_000;
    const backMs = (told.at(-1)?.atMs ?? 0) - 10_000;
    assert.ok(backMs > firstMs && backMs <= 10_000, `100 again after ${backMs} ms`);
  });

  it('is a whole number from 10 to 100, changed by 10 at least or to 100, every 2 s at most, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(anySignals, { maxLength: 100 }), anyPeriod, (all, everyMs) => {
        let before: Told = { atMs: Number.NEGATIVE_INFINITY, capacity: 100 };
        for (const now of play(all, everyMs).told) {
          assert.ok(Number.isInteger(now.capacity) && now.capacity >= LEAST_CAPACITY && now.capacity <= 100);
          assert.ok(now.capacity === 100 || Math.abs(now.capacity - before.capacity) >= 10);
          assert.ok(now.atMs - before.atMs >= CHANGE_GAP_MS);
          before = now;
        }
      }),
    );
  });

  it('does not oscillate: from any past, signals that stay as they are move it one way only, and then no more', () => {
    fc.assert(
      fc.property(fc.array(anySignals, { maxLength: 30 }), anySignals, anyPeriod, (past, signals, everyMs) => {
        const before = play(past, everyMs).state;
        // Two probes until the new signals are confirmed.
        const start = play(times(2, signals), everyMs, before).state;
        const { told, state } = play(times(Math.ceil(30_000 / everyMs), signals), everyMs, start);
        const values = [start.capacity, ...told.map(({ capacity }) => capacity)];
        const up = [...values].sort((a, b) => a - b);
        assert.ok(
          JSON.stringify(values) === JSON.stringify(up) || JSON.stringify(values) === JSON.stringify(up.reverse()),
          JSON.stringify(values),
        );
        assert.deepEqual(play(times(50, signals), everyMs, state).told, []);
        assert.ok(Math.abs(state.capacity - wantedCapacity(signals, TARGET_MS)) <= 10.5);
      }),
    );
  });

  it('comes from a damped view that is never better with worse signals all along', () => {
    fc.assert(
      fc.property(
        fc.array(anySignals, { maxLength: 60 }),
        fc.double({ min: 0, max: 1_000, noNaN: true }),
        anyPeriod,
        (all, by, everyMs) => {
          const better = play(all, everyMs).state;
          const after = play(
            all.map((one) => worse(one, by)),
            everyMs,
          ).state;
          assert.ok(after.smooth <= better.smooth + 1e-9);
        },
      ),
    );
  });
});
