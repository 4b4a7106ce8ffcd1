import { setTimeout as delay } from 'node:timers/promises';

/**
 * Longer than anything takes on a machine that has other work to do: a wait ends when its condition holds, so that only a
 * test which fails waits that long. How fast things are is for `bench/`.
 */
export const PATIENCE_MS = 30_000;

/**
 * Calls `check` until it no longer throws and gives its result; after `deadlineMs` it fails with the last failure.
 * This is how tests wait: for a condition, never for a time.
 */
export async function eventually<T>(check: () => T | Promise<T>, deadlineMs = PATIENCE_MS, everyMs = 20): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (failure) {
      if (performance.now() >= end) {
        const reason = failure instanceof Error ? failure.message : String(failure);
        throw new Error(`not within ${deadlineMs} ms: ${reason}`, { cause: failure });
      }
    }
    await delay(everyMs);
  }
}
