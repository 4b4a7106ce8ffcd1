import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds on a clock that never jumps (`performance.now`): for every deadline and age. Never for display. */
export function monotonicMs(): number {
  return performance.now();
}

/** Waits, or returns early when `signal` aborts; it never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : undefined);
  } catch {
    // Aborted: callers look at `signal.aborted` themselves.
  }
}

/** Full jitter around `ms`: 50–150 % of it. */
export function jitter(ms: number): number {
  return ms * (0.5 + Math.random());
}

/**
 * Back-off that doubles from `firstMs` to `maxMs` with jitter. `next` gives the wait before the next attempt,
 * `reset` starts over after a success.
 */
export function backoff(firstMs: number, maxMs: number): { next(): number; reset(): void } {
  let ms = firstMs;
  return {
    next() {
      const wait = jitter(ms);
      ms = Math.min(maxMs, ms * 2);
      return wait;
    },
    reset() {
      ms = firstMs;
    },
  };
}
