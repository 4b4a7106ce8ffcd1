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

/** Percent of one core that this process has used since now; how much it gets is not ours to say. */
function startCpuWatch(): () => number {
  const before = process.cpuUsage();
  const startMs = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 10 / (performance.now() - startMs);
  };
}

describe('the vitals of the webapp', () => {
  it('hold the recent latency at once, and nothing that was not measured yet', () => {
    assert.equal(createVitals({ recentMs: () => 12.34 }).serverTiming(), 'app;dur=12.3');
    assert.equal(createVitals({ recentMs: () => null }).serverTiming(), '');
  });

  it('tell a busy event loop from an idle one', async () => {
    // How late it is, and when it is made to wait, is also up to the machine's other work.
    await eventually(async () => {
      const vitals = createVitals({ recentMs: () => null });
      vitals.serverTiming();
      const percentOfCore = startCpuWatch();
      await beBusy(1_100);
      const busy = figuresOf(vitals.serverTiming());
      const cpu = percentOfCore();
      assert.ok((busy.loop ?? 0) >= 40, JSON.stringify(busy));
      assert.ok(Math.abs((busy.cpu ?? 0) - cpu) < 5, JSON.stringify({ busy, cpu }));
      assert.deepEqual(figuresOf(vitals.serverTiming()), busy, 'a second look took another window');
      await delay(1_100);
      const idle = figuresOf(vitals.serverTiming());
      assert.ok((idle.loop ?? 0) < (busy.loop ?? 0), JSON.stringify({ busy, idle }));
      assert.ok((idle.cpu ?? 0) < (busy.cpu ?? 0), JSON.stringify({ busy, idle }));
    });
  });
});
