import { monotonicMs, sleep } from '@muster/membership';

const POLL_MS = 50;

/**
 * Asks `check` until it says true; false when it still did not after `deadlineMs`.
 * @throws the reason of `signal` once that aborts, and what `check` throws.
 */
export async function pollUntil(
  check: () => boolean | Promise<boolean>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const end = monotonicMs() + deadlineMs;
  for (;;) {
    signal.throwIfAborted();
    if (await check()) return true;
    if (monotonicMs() > end) return false;
    await sleep(POLL_MS, signal);
  }
}
