import type { RunningState } from '../plan/desired.js';

/** Reloads cost workers: they are spaced, and wait while too many old workers still live. */
export interface ReloadGate {
  /** Milliseconds until a reload may be made; 0 = now. */
  waitMs(running: RunningState, nowMs: number): number;
  /** A reload was made, and proved. */
  made(nowMs: number): void;
  /** A reload failed. The same one, tried `again`, keeps twice the distance each time, up to `longestGapMs`. */
  failed(nowMs: number, again: boolean): void;
  /** Reloads that were made. */
  readonly count: number;
}

const RECHECK_MS = 250;

export function createReloadGate(
  { gapMs, longestGapMs, maxOldWorkers } = { gapMs: 1_000, longestGapMs: 10_000, maxOldWorkers: 4 },
): ReloadGate {
  let lastMs = Number.NEGATIVE_INFINITY;
  let distanceMs = gapMs;
  let count = 0;
  return {
    waitMs(running, nowMs) {
      const gap = Math.max(0, lastMs + distanceMs - nowMs);
      return (running.oldWorkers ?? 0) < maxOldWorkers ? gap : Math.max(gap, RECHECK_MS);
    },
    made(nowMs) {
      lastMs = nowMs;
      distanceMs = gapMs;
      count += 1;
    },
    failed(nowMs, again) {
      lastMs = nowMs;
      distanceMs = again ? Math.min(longestGapMs, distanceMs * 2) : gapMs;
    },
    get count() {
      return count;
    },
  };
}
