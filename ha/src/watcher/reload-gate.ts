import type { RunningState } from '../plan/desired.js';

/** Reloads cost workers: they are spaced, and wait while too many old workers still live. */
export interface ReloadGate {
  /** Milliseconds until a reload may be made; 0 = now. */
  waitMs(running: RunningState, nowMs: number): number;
  /** A reload was tried: the next one keeps its distance, whatever came of it. */
  tried(nowMs: number): void;
  /** The reload that was tried is proved. */
  made(): void;
  /** Reloads that were made. */
  readonly count: number;
}

const RECHECK_MS = 250;

export function createReloadGate({ gapMs, maxOldWorkers } = { gapMs: 1_000, maxOldWorkers: 4 }): ReloadGate {
  let lastMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    waitMs(running, nowMs) {
      const gap = Math.max(0, lastMs + gapMs - nowMs);
      return running.oldWorkers < maxOldWorkers ? gap : Math.max(gap, RECHECK_MS);
    },
    tried(nowMs) {
      lastMs = nowMs;
    },
    made() {
      count += 1;
    },
    get count() {
      return count;
    },
  };
}
