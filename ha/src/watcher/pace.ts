import { backoff, monotonicMs, sleep } from '@muster/membership';
import type { Wake } from './wake.js';

/** How often to look when nothing calls: often enough to find a hung server in time, seldom enough to cost nothing. */
const LOOK_MS = 150;
/** While a member waits for its acknowledgement. */
const DRAIN_LOOK_MS = 8;
/** Smallest gap after a pass that changed something: what comes within it is applied together. */
const COALESCE_MS = 5;
const STATISTICS_MS = 1_000;

/** When the next pass comes: at once for the first change, then merged; close together while draining; backed off after faults. */
export interface Pace {
  /** A pass changed something. */
  changed(): void;
  succeeded(): void;
  failed(): void;
  /** The next pass should come after `ms` at the latest. */
  soon(ms: number): void;
  /** Whether this pass should read statistics even if nothing needs them: for the view. */
  dueForStatistics(nowMs: number): boolean;
  /** Waits for a call or for the time of the next look, but never less than the smallest gap. */
  rest(wake: Wake, draining: boolean, signal: AbortSignal): Promise<void>;
}

export function createPace(): Pace {
  const faults = backoff(50, 2_000);
  let changedMs = Number.NEGATIVE_INFINITY;
  let statisticsMs = Number.NEGATIVE_INFINITY;
  let soonMs = LOOK_MS;
  let faulty = false;

  return {
    changed() {
      changedMs = monotonicMs();
    },
    succeeded() {
      faulty = false;
      faults.reset();
    },
    failed() {
      faulty = true;
    },
    soon(ms) {
      soonMs = ms;
    },
    dueForStatistics(nowMs) {
      if (nowMs - statisticsMs < STATISTICS_MS) return false;
      statisticsMs = nowMs;
      return true;
    },
    async rest(wake, draining, signal) {
      const lookMs = Math.min(soonMs, draining ? DRAIN_LOOK_MS : LOOK_MS);
      soonMs = LOOK_MS;
      // After a fault a change must not turn the back-off into a busy loop.
      if (faulty) return sleep(faults.next(), signal);
      await wake.wait(lookMs, signal);
      const gapMs = changedMs + COALESCE_MS - monotonicMs();
      if (gapMs > 0) await sleep(gapMs, signal);
    },
  };
}
