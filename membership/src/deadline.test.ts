import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import { withDeadline } from './deadline.js';

const LONG_MS = 60_000;

describe('a deadline', () => {
  const parent = new AbortController().signal;
  const never = () => new Promise<never>(() => {});

  it('gives what the call gives, and lets go of its parent', async () => {
    assert.equal(await withDeadline(LONG_MS, parent, async () => 'answer'), 'answer');
    assert.equal(getEventListeners(parent, 'abort').length, 0);
  });

  it('rejects in time even when the call does not look at its signal', async () => {
    await assert.rejects(withDeadline(5, parent, never), { code: 'timed-out', retryable: true });
  });

  it('says that the time is up when the call was ended by it', async () => {
    const cut = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
    await assert.rejects(withDeadline(5, parent, cut), { code: 'timed-out' });
  });

  it('rejects with the reason of its parent', async () => {
    const stop = new AbortController();
    const waiting = withDeadline(LONG_MS, stop.signal, never);
    stop.abort(new Error('stopped'));
    await assert.rejects(waiting, /stopped/);
    await assert.rejects(withDeadline(LONG_MS, stop.signal, never), /stopped/);
  });
});
