import type { Latest } from '../agent/follow.js';
import type { Deadline } from '../deadline.js';
import type { Notice } from './notice.js';

/** Kept free before EC2 takes a spot instance, for completing the hook and for what the system stops by itself. */
export const BEFORE_END_MS = 20_000;

export interface LeaveDeadline extends Deadline {
  /** Until then, ms; 0 when it is over. */
  remainingMs(): number;
}

/**
 * When a leave has to be over: `timeoutMs` after its start, or 20 s before EC2 takes the instance, whichever is sooner. A spot
 * notice may come in the middle of a leave. `release` must be called.
 */
export function startLeaveDeadline(notices: Latest<Notice>, timeoutMs: number): LeaveDeadline {
  const controller = new AbortController();
  const latestMs = Date.now() + timeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const remainingMs = () => leaveWithinMs(notices.value?.endsAtMs ?? null, latestMs, Date.now());
  const arm = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), remainingMs());
  };
  arm();
  const stopListening = notices.onChange(arm);
  return {
    signal: controller.signal,
    remainingMs,
    release() {
      clearTimeout(timer);
      stopListening();
      controller.abort();
    },
  };
}

/** How long a leave may take from now on, ms. All times are those of the wall clock, because AWS's are. */
export function leaveWithinMs(endsAtMs: number | null, latestMs: number, nowMs: number): number {
  const until = endsAtMs === null ? latestMs : Math.min(latestMs, endsAtMs - BEFORE_END_MS);
  return Math.max(0, until - nowMs);
}
