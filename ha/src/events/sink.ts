import type { RecordedEvent } from './event.js';

/** Where events go: log, history, stream, metrics. `emit` returns at once and never throws: a sink never delays the loop. */
export interface EventSink {
  readonly name: string;
  emit(event: RecordedEvent): void;
  close(): Promise<void>;
}
