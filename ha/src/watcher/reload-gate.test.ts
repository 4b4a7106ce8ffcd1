import { strict as assert } from 'node:assert';
import { runningState } from '../fixture.test.js';
import { createReloadGate } from './reload-gate.js';

const LIMITS = { gapMs: 1_000, maxOldWorkers: 2 };
const workers = (oldWorkers: number) => runningState([], { oldWorkers });

describe('reload gate', () => {
  it('lets the first reload through at once, whatever the clock says', () => {
    assert.equal(createReloadGate(LIMITS).waitMs(workers(0), 0), 0);
    assert.equal(createReloadGate(LIMITS).waitMs(workers(0), 1e12), 0);
  });

  it('keeps reloads apart and counts them', () => {
    const gate = createReloadGate(LIMITS);
    gate.tried(100);
    assert.equal(gate.waitMs(workers(0), 100), 1_000);
    assert.equal(gate.waitMs(workers(0), 1_000), 100);
    assert.equal(gate.waitMs(workers(0), 1_100), 0);
    gate.tried(1_100);
    assert.equal(gate.count, 0, 'a reload that was refused is none');
    gate.made();
    assert.equal(gate.count, 1);
  });

  it('waits while too many old workers live', () => {
    const gate = createReloadGate(LIMITS);
    assert.equal(gate.waitMs(workers(1), 0), 0);
    assert.ok(gate.waitMs(workers(2), 0) > 0);
    gate.tried(0);
    assert.equal(gate.waitMs(workers(2), 0), 1_000);
    assert.ok(gate.waitMs(workers(5), 60_000) > 0);
  });
});
