import { type Latest, until } from '../agent/follow.js';
import { backoff, sleep } from '../clock.js';
import { errorMessage } from '../errors.js';
import type { Logger } from '../log.js';
import type { Lifecycle } from './lifecycle.js';
import type { Notice } from './notice.js';

/** First and longest wait before the call is tried again, ms. */
const RETRY_MS = [500, 5_000] as const;

/**
 * Tells the group of an interruption by the spot market, when there is one, until `signal` aborts. EC2 does not, before it takes the
 * instance: only from a group that ends it does the load balancer hear that it goes, and only then a replacement is started.
 */
export async function endInterrupted(
  lifecycle: Lifecycle,
  notices: Latest<Notice>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const retry = backoff(...RETRY_MS);
  if (!(await until([notices], () => notices.value?.why === 'spot', signal))) return;
  while (!signal.aborted) {
    try {
      if (await lifecycle.end(signal)) log.info('the group was told that this instance ends');
      return;
    } catch (thrown) {
      if (!signal.aborted)
        log.warn({ error: errorMessage(thrown) }, 'the group was not told yet that this instance ends');
    }
    await sleep(retry.next(), signal);
  }
}
