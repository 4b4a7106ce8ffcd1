import { type Latest, until } from '../agent/follow.js';
import type { Logger } from '../log.js';
import type { Lifecycle } from './lifecycle.js';
import type { Notice } from './notice.js';
import { retryCall } from './retry-call.js';

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
  if (!(await until([notices], () => notices.value?.why === 'spot', signal))) return;
  const failure = 'the group was not told yet that this instance ends';
  const isNews = await retryCall(() => lifecycle.end(signal), failure, log, signal);
  if (isNews) log.info('the group was told that this instance ends');
}
