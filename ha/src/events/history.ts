import type { RecordedEvent } from './event.js';
import type { EventSink } from './sink.js';

/** The latest events, in memory. */
export interface EventHistory extends EventSink {
  /**
   * Events after number `seq`, oldest first; 0 gives everything kept. A number above the latest one was given out by
   * an earlier run of the watcher, so its reader has seen nothing of this run: that gives everything, too.
   */
  since(seq: number): readonly RecordedEvent[];
}

/** The number of events that `GET /v1/events` promises. */
export const HISTORY_CAPACITY = 1000;

export function createHistory(capacity = HISTORY_CAPACITY): EventHistory {
  const ring: RecordedEvent[] = [];
  let next = 0;
  let latest = 0;
  return {
    name: 'history',
    emit(event) {
      ring[next] = event;
      next = (next + 1) % capacity;
      latest = event.seq;
    },
    since(seq) {
      const ordered = ring.length < capacity ? [...ring] : [...ring.slice(next), ...ring.slice(0, next)];
      return seq > latest ? ordered : ordered.filter((event) => event.seq > seq);
    },
    async close() {},
  };
}
