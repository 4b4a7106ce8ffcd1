import { type Cell, cell, type Latest } from '../agent/follow.js';
import { sleep } from '../clock.js';
import type { Logger } from '../log.js';
import type { Imds } from './imds.js';
import { mergeNotices, NO_NOTICE, NOTICE_PATHS, type Notice, readNotice } from './notice.js';

export interface FollowNoticesOptions {
  readonly imds: Imds;
  /** From the end of one look to the start of the next. */
  readonly pollMs: number;
  readonly log: Logger;
}

/** What AWS has in mind with this instance, looked at again and again until `signal` aborts. */
export function followNotices(options: FollowNoticesOptions, signal: AbortSignal): Latest<Notice> {
  const newest = cell<Notice>();
  void poll(options, newest, signal);
  return newest;
}

async function poll(
  { imds, pollMs, log }: FollowNoticesOptions,
  newest: Cell<Notice>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const seen = await look(imds, signal);
    if (signal.aborted) return;
    const before = newest.value ?? NO_NOTICE;
    const now = mergeNotices(before, seen);
    tell(before, now, log);
    newest.set(now);
    await sleep(pollMs, signal);
  }
}

async function look(imds: Imds, signal: AbortSignal): Promise<Notice> {
  const { lifecycle, spot, rebalance } = NOTICE_PATHS;
  const [first, second, third] = await Promise.all([
    imds.get(lifecycle, signal),
    imds.get(spot, signal),
    imds.get(rebalance, signal),
  ]);
  return readNotice({ lifecycle: first, spot: second, rebalance: third });
}

/** Each change once, never each look. */
function tell(before: Notice, now: Notice, log: Logger): void {
  if (before.faults.length === 0 && now.faults.length > 0)
    log.warn({ faults: now.faults }, 'metadata cannot be read: members go on serving');
  if (before.faults.length > 0 && now.faults.length === 0) log.info('metadata can be read again');
  if (before.rebalanceAt !== now.rebalanceAt)
    log.info({ at: now.rebalanceAt }, 'AWS recommends to replace this instance');
  if (before.why === now.why && before.endsAtMs === now.endsAtMs) return;
  const endsAt = now.endsAtMs === null ? null : new Date(now.endsAtMs).toISOString();
  log.info({ why: now.why, endsAt }, 'this instance is to end');
}
