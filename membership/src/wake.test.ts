import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import { createWake } from './wake.js';

const LONG_MS = 60_000;

describe('wake', () => {
  const signal = new AbortController().signal;

  it('ends a wait at a call', async () => {
    const wake = createWake();
    const waiting = wake.wait(LONG_MS, signal);
    wake.call();
    assert.equal(await waiting, true);
  });

  it('remembers calls while nobody waits, as one', async () => {
    const wake = createWake();
    wake.call();
    wake.call();
    assert.equal(await wake.wait(LONG_MS, signal), true);
    assert.equal(await wake.wait(1, signal), false);
  });

  it('ends a wait when the signal aborts, and lets go of the signal', async () => {
    const stop = new AbortController();
    const wake = createWake();
    const waiting = wake.wait(LONG_MS, stop.signal);
    stop.abort();
    assert.equal(await waiting, false);
    assert.equal(await wake.wait(LONG_MS, stop.signal), false);
    await wake.wait(1, signal);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });
});
