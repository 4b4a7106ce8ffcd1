import { MusterError } from '@muster/membership';
import type { RecordedEvent } from './event.js';
import { HISTORY_CAPACITY } from './history.js';
import type { EventSink } from './sink.js';

/** One reader of the live events. Iterate it once; the iteration ends when the subscription does. */
export interface Subscription extends AsyncIterable<RecordedEvent> {
  /** Aborts when nothing more will come. */
  readonly ended: AbortSignal;
  /** `dropped`: the reader was so slow that its queue ran full. */
  state(): 'open' | 'closed' | 'dropped';
  close(): void;
}

/** Live events for any number of readers, up to a bound. A slow reader loses its subscription; `emit` never waits. */
export interface EventStream extends EventSink {
  /** Throws `too-many-subscribers` (retryable) at the bound. */
  subscribe(): Subscription;
  /** Ends every subscription at once; new ones are still possible. */
  disconnectAll(): void;
}

export interface StreamOptions {
  /** Events that wait for one reader at most. As many as the history holds: who is further behind cannot catch up. */
  readonly maxQueued?: number;
  readonly maxSubscribers?: number;
}

interface Subscriber extends Subscription {
  push(event: RecordedEvent): void;
}

export function createStream({ maxQueued = HISTORY_CAPACITY, maxSubscribers = 64 }: StreamOptions = {}): EventStream {
  const subscribers = new Set<Subscriber>();
  const disconnectAll = () => {
    for (const subscriber of [...subscribers]) subscriber.close();
  };
  return {
    name: 'stream',
    emit(event) {
      for (const subscriber of [...subscribers]) subscriber.push(event);
    },
    subscribe() {
      if (subscribers.size >= maxSubscribers) throw tooMany(maxSubscribers);
      const subscriber = createSubscriber(maxQueued, () => subscribers.delete(subscriber));
      subscribers.add(subscriber);
      return subscriber;
    },
    disconnectAll,
    async close() {
      disconnectAll();
    },
  };
}

function tooMany(max: number): MusterError {
  const message = `cannot follow the events: ${max} clients follow them already; close one and try again`;
  return new MusterError('too-many-subscribers', message, { retryable: true });
}

function createSubscriber(maxQueued: number, onEnd: () => void): Subscriber {
  const queue: RecordedEvent[] = [];
  const ended = new AbortController();
  let state: 'open' | 'closed' | 'dropped' = 'open';
  let wake = () => {};

  function end(why: 'closed' | 'dropped'): void {
    if (state !== 'open') return;
    state = why;
    queue.length = 0;
    onEnd();
    ended.abort();
    wake();
  }

  async function* events(): AsyncGenerator<RecordedEvent> {
    while (state === 'open') {
      const event = queue.shift();
      if (event) yield event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  return {
    ended: ended.signal,
    state: () => state,
    close: () => end('closed'),
    push(event) {
      if (queue.length >= maxQueued) return end('dropped');
      queue.push(event);
      wake();
    },
    [Symbol.asyncIterator]: events,
  };
}
