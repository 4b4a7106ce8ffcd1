import { sleep } from '../clock.js';
import { errorMessage } from '../errors.js';
import type { Logger } from '../log.js';
import type { Lifecycle } from './lifecycle.js';
import { retryCall } from './retry-call.js';

/** AWS's least heartbeat timeout is 30 s (Auto Scaling API, `HeartbeatTimeout`): for when the hook's own cannot be read. */
const CAREFUL_HEARTBEAT_MS = 15_000;

/** Keeps the hook open with heartbeats until `signal` aborts, the first at once: how long it has been running nobody knows. */
export async function holdHook(lifecycle: Lifecycle, log: Logger, signal: AbortSignal): Promise<void> {
  const failure = 'heartbeat of the lifecycle hook not recorded';
  let everyMs: number | null = null;
  while (!signal.aborted) {
    const isHeld = await retryCall(() => lifecycle.heartbeat(signal), failure, log, signal);
    if (isHeld === undefined) return;
    if (isHeld) log.info('heartbeat of the lifecycle hook recorded');
    else log.debug('no lifecycle action to keep open');
    everyMs ??= await lifecycle.heartbeatMs(signal).catch((thrown) => carefully(thrown, log));
    await sleep(everyMs, signal);
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
  const complete = async () => {
    const completion = mayEnd() ? await lifecycle.complete(signal) : 'not-yet';
    if (completion !== 'not-yet') return completion;
    log.debug('the lifecycle hook cannot be completed yet');
    return undefined;
  };
  const completion = await retryCall(complete, 'lifecycle action not completed yet', log, signal);
  if (completion === 'completed') log.info('lifecycle action completed');
  else if (completion === 'nothing') log.info('no lifecycle action to complete');
  else log.warn('gave up completing the lifecycle action: its time-out goes on by itself');
}
