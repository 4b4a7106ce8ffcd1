import { strict as assert } from 'node:assert';
import { getEventListeners } from 'node:events';
import { latest } from './latest.js';

describe('latest', () => {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

  it('gives a busy consumer the newest value only', async () => {
    const stop = new AbortController();
    let publish = (_: number) => {};
    const values = latest<number>(stop.signal, (push, signal) => {
      publish = push;
      push(1);
      return untilAborted(signal);
    });
    assert.deepEqual(await values.next(), { value: 1, done: false });
    for (const value of [2, 3, 4]) publish(value);
    assert.deepEqual(await values.next(), { value: 4, done: false });
    stop.abort();
    assert.equal((await values.next()).done, true);
    assert.deepEqual(getEventListeners(stop.signal, 'abort'), []);
  });

  it('lets the producer say what becomes of a value that nobody has seen', async () => {
    const stop = new AbortController();
    const sum = (unseen: number, newer: number) => unseen + newer;
    const produce = (push: (value: number) => void, signal: AbortSignal) => {
      for (const value of [1, 2, 3]) push(value);
      return untilAborted(signal);
    };
    const values = latest<number>(stop.signal, produce, sum);
    assert.deepEqual(await values.next(), { value: 6, done: false });
    stop.abort();
    await values.next();
  });

  it('ends the producer when the consumer stops, and waits for its end', async () => {
    let ended = false;
    const produce = async (push: (value: number) => void, signal: AbortSignal) => {
      push(1);
      await untilAborted(signal);
      ended = true;
    };
    for await (const _ of latest(new AbortController().signal, produce)) break;
    assert.equal(ended, true);
  });

  it('rejects with what the producer rejects with, after the values before it', async () => {
    const values = latest<number>(new AbortController().signal, async (push) => {
      push(1);
      throw new Error('not retryable');
    });
    assert.equal((await values.next()).value, 1);
    await assert.rejects(values.next(), /not retryable/);
  });

  it('starts no producer when the signal was aborted before', async () => {
    const values = latest<number>(AbortSignal.abort(), () => assert.fail('started'));
    assert.equal((await values.next()).done, true);
  });
});
