import { strict as assert } from 'node:assert';
import type { RecordedEvent } from './event.js';
import { createStream, type Subscription } from './stream.js';

const event = (seq: number): RecordedEvent => {
  return { type: 'intent', service: null, member: null, message: '', detail: {}, seq, at: '' };
};

async function read(subscription: Subscription, count = Number.POSITIVE_INFINITY): Promise<number[]> {
  const seen: number[] = [];
  for await (const { seq } of subscription) if (seen.push(seq) >= count) break;
  return seen;
}

describe('the event stream', () => {
  it('gives each subscriber the events since it subscribed', async () => {
    const stream = createStream();
    const early = stream.subscribe();
    stream.emit(event(1));
    const late = stream.subscribe();
    stream.emit(event(2));
    assert.deepEqual(await read(early, 2), [1, 2]);
    assert.deepEqual(await read(late, 1), [2]);
  });

  it('wakes a reader that waits', async () => {
    const stream = createStream();
    const reading = read(stream.subscribe(), 2);
    await Promise.resolve();
    stream.emit(event(1));
    stream.emit(event(2));
    assert.deepEqual(await reading, [1, 2]);
  });

  it('drops a subscriber whose queue is full and keeps the others', async () => {
    const stream = createStream({ maxQueued: 2 });
    const slow = stream.subscribe();
    for (const seq of [1, 2, 3]) stream.emit(event(seq));
    assert.equal(slow.state(), 'dropped');
    assert.equal(slow.ended.aborted, true);
    assert.deepEqual(await read(slow), []);
    const next = stream.subscribe();
    stream.emit(event(4));
    assert.deepEqual(await read(next, 1), [4]);
  });

  it('ends the readers when it closes', async () => {
    const stream = createStream();
    const subscription = stream.subscribe();
    const reading = read(subscription);
    await Promise.resolve();
    await stream.close();
    assert.deepEqual(await reading, []);
    assert.equal(subscription.state(), 'closed');
  });

  it('refuses more subscribers than its bound until one goes', () => {
    const stream = createStream({ maxSubscribers: 1 });
    const first = stream.subscribe();
    assert.throws(() => stream.subscribe(), { code: 'too-many-subscribers', retryable: true });
    first.close();
    stream.subscribe();
  });
});
