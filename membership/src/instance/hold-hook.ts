import { backoff, sleep } from '../clock.js';
import { errorMessage } from '../errors.js';
import type { Logger } from '../log.js';
import type { Lifecycle } from './lifecycle.js';

/** AWS's least heartbeat timeout is 30 s (Auto Scaling API, `HeartbeatTimeout`): for when the hook's own cannot be read. */
const CAREFUL_HEARTBEAT_MS = 15_000;

/** First and longest wait before a call is tried again, ms: many instances of a group may end at the same time. */
const RETRY_MS = [500, 5_000] as const;

/** Keeps the hook open with heartbeats until `signal` aborts, the first at once: how long it has been running nobody knows. */
export async function holdHook(lifecycle: Lifecycle, log: Logger, signal: AbortSignal): Promise<void> {
  let everyMs: number | null = null;
  const retry = backoff(...RETRY_MS);
  while (!signal.aborted) {
    try {
      if (await lifecycle.heartbeat(signal)) log.info('heartbeat of the lifecycle hook recorded');
      else log.debug('no lifecycle action to keep open');
      everyMs ??= await lifecycle.heartbeatMs(signal).catch((thrown) => carefully(thrown, log));
      retry.reset();
      await sleep(everyMs, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      log.warn({ error: errorMessage(thrown) }, 'heartbeat of the lifecycle hook not recorded');
      await sleep(retry.next(), signal);
    }
  }
}

function carefully(thrown: unknown, log: Logger): number {
  log.warn(
    { error: errorMessage(thrown), heartbeatMs: CAREFUL_HEARTBEAT_MS },
    'heartbeat timeout of the hook not known',
  );
  return CAREFUL_HEARTBEAT_MS;
}

/**
 * Lets the instance end, as soon as `mayEnd` says so. Tried until it is done, there is nothing to complete, or `signal` aborts: then the hook's own
 * time-out goes on with its default.
 */
export async function releaseHook(
  lifecycle: Lifecycle,
  mayEnd: () => boolean,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const retry = backoff(...RETRY_MS);
  while (!signal.aborted) {
    try {
      const completion = mayEnd() ? await lifecycle.complete(signal) : 'not-yet';
      if (completion === 'completed') return log.info('lifecycle action completed');
      if (completion === 'nothing') return log.info('no lifecycle action to complete');
      log.debug('the lifecycle hook cannot be completed yet');
    } catch (thrown) {
      if (!signal.aborted) log.warn({ error: errorMessage(thrown) }, 'lifecycle action not completed yet');
    }
    await sleep(retry.next(), signal);
  }
  log.warn('gave up completing the lifecycle action: its time-out goes on by itself');
}
