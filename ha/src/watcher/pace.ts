import { backoff, monotonicMs, sleep } from '@muster/membership';

/** How often to look when nothing calls: often enough to find a hung server in time, seldom enough to cost nothing. */
const LOOK_MS = 150;
/** While a member waits for its acknowledgement. */
const DRAIN_LOOK_MS = 8;
/** Smallest gap after a pass that changed something: what comes within it is applied together. */
const COALESCE_MS = 5;
const STATISTICS_MS = 1_000;

/** When the next pass comes: at once for the first change, then merged; close together while draining; backed off after faults. */
export function createPace() {
  const faults = backoff(50, 2_000);
  let changedMs = Number.NEGATIVE_INFINITY;
  let statisticsMs = Number.NEGATIVE_INFINITY;
  let soonMs: number | null = null;
  let faultMs: number | null = null;

  return {
    changed(): void {
      changedMs = monotonicMs();
    },
    succeeded(): void {
      faults.reset();
      faultMs = null;
    },
    failed(): void {
      faultMs = faults.next();
    },
    /** The next pass should come after `ms` at the latest. */
    soon(ms: number): void {
      soonMs = ms;
    },
    dueForStatistics(nowMs: number): boolean {
      if (nowMs - statisticsMs < STATISTICS_MS) return false;
      statisticsMs = nowMs;
      return true;
    },
    waitMs({ draining }: { draining: boolean }): number {
      const asked = soonMs;
      soonMs = null;
      if (faultMs !== null) return faultMs;
      return Math.min(asked ?? LOOK_MS, draining ? DRAIN_LOOK_MS : LOOK_MS);
    },
    /** Waits out the rest of the coalescing window, and of a back-off that a change must not cut short. */
    async gap(signal: AbortSignal): Promise<void> {
      const rest = changedMs + COALESCE_MS - monotonicMs();
      if (rest > 0) await sleep(rest, signal);
    },
  };
}
