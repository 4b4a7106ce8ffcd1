import { type DrainBoard, errorMessage, type Logger, withDeadline } from '@muster/membership';
import { type Drain, drainKey } from '../drain/drain-tracker.js';

/** A drain that ends sooner is acknowledged by its end alone. */
const PROGRESS_AFTER_MS = 100;
const WRITE_TIMEOUT_MS = 2_000;

export interface AcknowledgerOptions {
  readonly drainBoard: DrainBoard;
  readonly balancer: string;
  readonly logger: Logger;
  /** Called when a write failed, so that the loop comes by again. */
  readonly onFailure: () => void;
}

/** Tells agents how far the drain of their announced leave is. Never blocks the loop; what failed is written again. */
export interface Acknowledger {
  publish(drains: Iterable<Drain>, nowMs: number, signal: AbortSignal): void;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
}

export function createAcknowledger({ drainBoard, balancer, logger, onFailure }: AcknowledgerOptions): Acknowledger {
  const written = new Map<string, string>();
  const writing = new Map<string, Promise<void>>();

  return {
    publish(drains, nowMs, signal) {
      const current = [...drains].filter((drain) => drain.cause === 'announced' && drain.boot !== '');
      for (const drain of current) publishOne(drain, nowMs, signal);
      const keys = new Set(current.map(leaveName));
      for (const key of written.keys()) if (!keys.has(key)) written.delete(key);
    },
    async settled() {
      await Promise.all(writing.values());
    },
  };

  function publishOne(drain: Drain, nowMs: number, signal: AbortSignal): void {
    const key = leaveName(drain);
    const state =
      drain.drainedMs !== null ? 'drained' : nowMs - drain.startedMs >= PROGRESS_AFTER_MS ? 'draining' : null;
    if (state === null || written.get(key) === state || writing.has(key)) return;
    written.set(key, state);
    const inFlight = drain.server?.inFlight ?? 0;
    const acknowledgement = { balancer, state, inFlight } as const;
    const leaveKey = { service: drain.backend, id: drain.id, boot: drain.boot };
    const write = withDeadline(WRITE_TIMEOUT_MS, signal, (deadline) =>
      drainBoard.acknowledge(leaveKey, acknowledgement, deadline),
    )
      .catch((error: unknown) => {
        written.delete(key);
        logger.warn(
          { service: drain.backend, member: drain.id, state, reason: errorMessage(error) },
          'acknowledgement not written',
        );
        setTimeout(onFailure, 100).unref();
      })
      .finally(() => writing.delete(key));
    writing.set(key, write);
  }
}

function leaveName(drain: Drain): string {
  return `${drainKey(drain)}/${drain.boot}`;
}
