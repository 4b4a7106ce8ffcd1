/** Reloads cost workers: they are spaced, and wait while too many old workers still live. */
export interface ReloadGate {
  /** Milliseconds until a reload may be made while so many generations of old workers live; 0 = now. */
  waitMs(oldWorkers: number, nowMs: number): number;
  /** A reload was made, and proved. */
  made(nowMs: number): void;
  /** A reload failed. The same one, tried `again`, keeps twice the distance each time, up to `longestGapMs`. */
  failed(nowMs: number, again: boolean): void;
  /** Reloads that were made. */
  readonly count: number;
}

const RECHECK_MS = 250;

export interface ReloadLimits {
  readonly gapMs: number;
  readonly longestGapMs: number;
  /** Generations of them: HAProxy has one worker in each, NGINX one per core. */
  readonly maxOldWorkers: number;
}

/** For structure, which nobody waits for. */
const STRUCTURE: ReloadLimits = { gapMs: 1_000, longestGapMs: 10_000, maxOldWorkers: 4 };

/**
 * For members of a balancer that changes only by a reload: the first change at once, what follows within the gap together.
 * A worker of NGINX takes a few MB; each reload leaves one per core until its last client is gone.
 */
export const MEMBER_RELOADS: ReloadLimits = { gapMs: 150, longestGapMs: 2_000, maxOldWorkers: 16 };

export function createReloadGate({ gapMs, longestGapMs, maxOldWorkers }: ReloadLimits = STRUCTURE): ReloadGate {
  let lastMs = Number.NEGATIVE_INFINITY;
  let distanceMs = gapMs;
  let count = 0;
  return {
    waitMs(oldWorkers, nowMs) {
      const gap = Math.max(0, lastMs + distanceMs - nowMs);
      return oldWorkers < maxOldWorkers ? gap : Math.max(gap, RECHECK_MS);
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
