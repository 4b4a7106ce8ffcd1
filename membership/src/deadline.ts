import { MusterError } from './errors.js';

/** An AbortSignal that aborts after `ms`, with its parent or at `release`, which must be called: else the parent keeps it. */
export interface Deadline {
  readonly signal: AbortSignal;
  release(): void;
}

/** `AbortSignal.any` with a long-lived parent leaks in Node 20; this one lets go of its parent. */
export function startDeadline(ms: number, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort(parent.reason);
  const timer = setTimeout(() => controller.abort(timedOut(ms)), ms);
  if (parent.aborted) abort();
  else parent.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer);
      parent.removeEventListener('abort', abort);
      controller.abort();
    },
  };
}

/**
 * Gives `call` at most `ms`; rejects at the deadline even when `call` does not look at its signal.
 * @throws what `call` throws, or MusterError `timed-out` (retryable).
 */
export async function withDeadline<T>(
  ms: number,
  parent: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, release } = startDeadline(ms, parent);
  try {
    return await Promise.race([call(signal), rejection(signal)]);
  } catch (thrown) {
    throw signal.aborted && !parent.aborted ? timedOut(ms) : thrown;
  } finally {
    release();
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function timedOut(ms: number): MusterError {
  return new MusterError('timed-out', `no answer within ${Math.round(ms)} ms`, { retryable: true });
}
