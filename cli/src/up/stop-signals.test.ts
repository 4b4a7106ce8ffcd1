import { strict as assert } from 'node:assert';
import { listenForStop } from './stop-signals.js';

describe('stop signals', () => {
  it('ignores the second SIGINT that npm sends, and hurries at a later one', () => {
    const before = process.listeners('SIGINT');
    let nowMs = 5_000;
    const { stop, hurry } = listenForStop(() => nowMs);
    try {
      process.emit('SIGINT');
      process.emit('SIGINT');
      assert.deepEqual([stop.aborted, hurry.aborted], [true, false]);
      nowMs += 1_500;
      process.emit('SIGHUP');
      assert.equal(hurry.aborted, true);
    } finally {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        const added = process.listeners(name).at(-1);
        if (added && !before.includes(added)) process.removeListener(name, added);
      }
    }
  });
});
