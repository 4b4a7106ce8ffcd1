import { backoff, sleep } from '../clock.js';
import { errorMessage } from '../errors.js';
import type { Logger } from '../log.js';

/** First and longest wait before a call is tried again, ms: many instances of a group may end at the same time. */
const RETRY_MS = [500, 5_000] as const;

/**
 * Makes a call again and again, with back-off, until it gives something; undefined = it was too early. A call that rejects is
 * told as `failure`, unless `signal` broke it off. Gives undefined when `signal` aborts before.
 */
export async function retryCall<T>(
  call: () => Promise<T | undefined>,
  failure: string,
  log: Logger,
  signal: AbortSignal,
): Promise<T | undefined> {
  const wait = backoff(...RETRY_MS);
  while (!signal.aborted) {
    try {
      const given = await call();
      if (given !== undefined) return given;
    } catch (thrown) {
      if (!signal.aborted) log.warn({ error: errorMessage(thrown) }, failure);
    }
    await sleep(wait.next(), signal);
  }
  return undefined;
}
