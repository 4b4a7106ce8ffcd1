import { strict as assert } from 'node:assert';
import { createReloadGate } from './reload-gate.js';

const LIMITS = { gapMs: 1_000, longestGapMs: 4_000, maxOldWorkers: 2 };

describe('reload gate', () => {
  it('lets the first reload through at once, whatever the clock says', () => {
    assert.equal(createReloadGate(LIMITS).waitMs(0, 0), 0);
    assert.equal(createReloadGate(LIMITS).waitMs(0, 1e12), 0);
  });

  it('keeps reloads apart and counts those that were made', () => {
    const gate = createReloadGate(LIMITS);
    gate.made(100);
    assert.equal(gate.waitMs(0, 100), 1_000);
    assert.equal(gate.waitMs(0, 1_000), 100);
    assert.equal(gate.waitMs(0, 1_100), 0);
    gate.failed(1_100, false);
    assert.equal(gate.count, 1, 'a reload that was refused is none');
  });

  it('keeps a reload that fails again and again ever further apart, until one is made', () => {
    const gate = createReloadGate(LIMITS);
    for (const distanceMs of [2_000, 4_000, 4_000]) {
      gate.failed(0, true);
      assert.equal(gate.waitMs(0, 0), distanceMs);
    }
    gate.made(0);
    assert.equal(gate.waitMs(0, 0), 1_000);
  });

  it('waits while too many old workers live', () => {
    const gate = createReloadGate(LIMITS);
    assert.equal(gate.waitMs(1, 0), 0);
    assert.ok(gate.waitMs(2, 0) > 0);
    gate.made(0);
    assert.equal(gate.waitMs(2, 0), 1_000);
    assert.ok(gate.waitMs(5, 60_000) > 0);
  });
});
