import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../test/support/eventually.js';
import { createVitals } from './vitals.js';

const figuresOf = (text: string): Record<string, number> =>
  Object.fromEntries(
    text
      .split(', ')
      .filter(Boolean)
      .map((part) => {
        const [, name = '', dur = ''] = /^(\w+);dur=(\d+\.\d)$/.exec(part) ?? assert.fail(`malformed: ${part}`);
        return [name, Number(dur)];
      }),
  );

/** Keeps the event loop from turning. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

async function beBusy(ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    block(80);
    await delay(1);
  }
}

describe('the vitals of the webapp', () => {
  it('hold the recent latency at once, and nothing that was not measured yet', () => {
    assert.equal(createVitals({ recentMs: () => 12.34 }).serverTiming(), 'app;dur=12.3');
    assert.equal(createVitals({ recentMs: () => null }).serverTiming(), '');
  });

  it('tell a busy event loop from an idle one', async () => {
    // How much of a core it gets, and how late it is, is also up to the machine's other work.
    await eventually(async () => {
      const vitals = createVitals({ recentMs: () => null });
      vitals.serverTiming();
      await beBusy(1_100);
      const busy = figuresOf(vitals.serverTiming());
      assert.ok((busy.loop ?? 0) >= 40, JSON.stringify(busy));
      assert.ok((busy.cpu ?? 0) >= 30, JSON.stringify(busy));
      assert.deepEqual(figuresOf(vitals.serverTiming()), busy, 'a second look took another window');
      await delay(1_100);
      const { loop = 0, cpu = 0 } = figuresOf(vitals.serverTiming());
      assert.ok(loop < (busy.loop ?? 0) && cpu < (busy.cpu ?? 0), JSON.stringify({ busy, loop, cpu }));
    });
  });
});
