import { errorMessage, type Logger, sleep } from '@muster/membership';
import type { ClusterEvent, RecordedEvent } from './event.js';
import type { EventSink } from './sink.js';

/** The one place where events get their number and their time. */
export interface EventBus {
  /** Records the event and gives it to every sink before it returns. It never throws. Sinks do not publish from `emit`. */
  publish(event: ClusterEvent): RecordedEvent;
  /** Closes every sink, for at most `closeDeadlineMs`; later events reach none. Never rejects. */
  close(): Promise<void>;
}

export interface BusOptions {
  readonly sinks: readonly EventSink[];
  readonly logger: Logger;
  /** Wall clock for `at`. */
  readonly now?: () => Date;
  /** A hook that hangs must not keep the watcher from stopping. Default 2 s: the supervisor still waits then. */
  readonly closeDeadlineMs?: number;
}

export function createBus({ sinks, logger, now = () => new Date(), closeDeadlineMs = 2000 }: BusOptions): EventBus {
  let seq = 0;
  let closed: Promise<void> | undefined;
  return {
    publish(event) {
      seq += 1;
      const recorded: RecordedEvent = { ...event, seq, at: now().toISOString() };
      if (closed === undefined) for (const sink of sinks) emitIsolated(sink, recorded, logger);
      return recorded;
    },
    close() {
      closed ??= closeAll(sinks, logger, closeDeadlineMs);
      return closed;
    },
  };
}

/** One sink's fault costs neither the others their event nor the watcher its pass. */
function emitIsolated(sink: EventSink, event: RecordedEvent, logger: Logger): void {
  try {
    sink.emit(event);
  } catch (thrown) {
    logger.error({ sink: sink.name, seq: event.seq, type: event.type, reason: errorMessage(thrown) }, 'sink failed');
  }
}

async function closeAll(sinks: readonly EventSink[], logger: Logger, deadlineMs: number): Promise<void> {
  const deadline = new AbortController();
  const timeout = sleep(deadlineMs, deadline.signal);
  await Promise.race([timeout, Promise.all(sinks.map((sink) => closeIsolated(sink, logger)))]);
  deadline.abort();
}

async function closeIsolated(sink: EventSink, logger: Logger): Promise<void> {
  try {
    await sink.close();
  } catch (thrown) {
    logger.error({ sink: sink.name, reason: errorMessage(thrown) }, 'sink did not close');
  }
}
