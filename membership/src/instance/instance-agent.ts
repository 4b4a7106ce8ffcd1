import { type Latest, until } from '../agent/follow.js';
import { elapsed } from '../agent/roll.js';
import { monotonicMs } from '../clock.js';
import { startDeadline } from '../deadline.js';
import { endInterrupted } from './end-interrupted.js';
import { type FollowNoticesOptions, followNotices } from './follow-notices.js';
import { holdHook, releaseHook } from './hold-hook.js';
import { BEFORE_END_MS, startLeaveDeadline } from './leave-deadline.js';
import { type LeaveMembersOptions, type LeavingMembers, leaveMembers } from './leave-members.js';
import type { Lifecycle } from './lifecycle.js';
import type { Notice } from './notice.js';

export interface InstanceAgentOptions extends FollowNoticesOptions, LeaveMembersOptions {
  /** Null: no hook holds this instance. */
  readonly lifecycle: Lifecycle | null;
  /** The longest that a leave may take when AWS names no end. */
  readonly leaveTimeoutMs: number;
}

/** How long a process that was asked to stop still tries to complete the hook. */
const STOP_MS = 3_000;

const NEVER = new AbortController().signal;

/**
 * Waits until AWS lets this instance go, then has its members leave and completes the lifecycle hook. After that it goes on
 * asking those who join again, because containers are started again as long as the instance runs. Resolves when `asked`
 * aborts: at once, or with a leave that is under way brought to its end.
 */
export async function runInstanceAgent(options: InstanceAgentOptions, asked: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const notices = followNotices(options, stop.signal);
  if (await until([notices], () => (notices.value?.why ?? null) !== null, asked)) {
    const members = leaveMembers(options, stop.signal);
    await leave(options, notices, members, asked);
    await until([], () => false, asked);
    stop.abort();
    await members.done;
  }
  stop.abort();
}

/** Ends at its deadline or soon after, whatever registry and AWS do. */
async function leave(
  { lifecycle, leaveTimeoutMs, log }: InstanceAgentOptions,
  notices: Latest<Notice>,
  members: LeavingMembers,
  asked: AbortSignal,
): Promise<void> {
  const startedMs = monotonicMs();
  const deadline = startLeaveDeadline(notices, leaveTimeoutMs);
  const [holding, ending] = [new AbortController(), new AbortController()];
  const ended = lifecycle === null ? null : endInterrupted(lifecycle, notices, log, ending.signal);
  const held = lifecycle === null ? null : holdHook(lifecycle, log, holding.signal);
  const allLeft = await until([members], () => members.value?.length === 0, deadline.signal);
  holding.abort();
  await held;
  const fields = { elapsedMs: elapsed(startedMs) };
  if (allLeft) log.info(fields, 'all members have left');
  else log.warn({ ...fields, here: members.value ?? 'unknown' }, 'the time is up before all members have left');
  // One that joined again meanwhile is asked again: it has its drain, too, while there is time.
  const mayEnd = () => deadline.signal.aborted || members.value?.length === 0;
  if (lifecycle !== null) await release({ lifecycle, mayEnd, log, remainingMs: deadline.remainingMs() }, asked);
  ending.abort();
  await ended;
  deadline.release();
}

interface ReleaseOptions {
  readonly lifecycle: Lifecycle;
  readonly mayEnd: () => boolean;
  readonly log: InstanceAgentOptions['log'];
  readonly remainingMs: number;
}

/**
 * Until the deadline, and for the 20 s that it kept free. Who stops this process waits a few seconds for it, and not for an AWS
 * that does not answer.
 */
async function release({ lifecycle, mayEnd, log, remainingMs }: ReleaseOptions, asked: AbortSignal): Promise<void> {
  const patience = startDeadline(remainingMs + BEFORE_END_MS, NEVER);
  let hurry: NodeJS.Timeout | undefined;
  const hurried = () => {
    hurry = setTimeout(patience.release, STOP_MS);
  };
  if (asked.aborted) hurried();
  asked.addEventListener('abort', hurried);
  await releaseHook(lifecycle, mayEnd, log, patience.signal);
  asked.removeEventListener('abort', hurried);
  clearTimeout(hurry);
  patience.release();
}
