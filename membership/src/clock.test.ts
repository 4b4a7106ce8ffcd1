import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import { backoff, jitter, monotonicMs, sleep } from './clock.js';

describe('clock', () => {
  it('never goes back', () => {
    const readings = Array.from({ length: 100 }, monotonicMs);
    assert.deepEqual(
      readings,
      readings.toSorted((a, b) => a - b),
    );
  });

  it('keeps jitter between 50 and 150 percent', () => {
    for (let i = 0; i < 1_000; i += 1) {
      const ms = jitter(100);
      assert(ms >= 50 && ms <= 150, String(ms));
    }
  });

  it('doubles the back-off up to its maximum and starts over after a success', () => {
    const retry = backoff(100, 400);
    const between = (low: number, high: number) => {
      const ms = retry.next();
      assert(ms >= low && ms <= high, `${ms} is not within ${low}–${high}`);
    };
    between(50, 150);
    between(100, 300);
    between(200, 600);
    between(200, 600);
    retry.reset();
    between(50, 150);
  });

  it('wakes a sleep when its signal aborts, without a rejection or a listener left', async () => {
    const stop = new AbortController();
    const sleeping = sleep(600_000, stop.signal);
    stop.abort();
    await sleeping;
    await sleep(600_000, stop.signal);
    assert.deepEqual(getEventListeners(stop.signal, 'abort'), []);
  });
});
