import { backoff, sleep } from '../clock.js';
import { startDeadline, withDeadline } from '../deadline.js';
import type { DrainBoard, Intent } from '../drain-board.js';
import { errorMessage } from '../errors.js';
import type { Logger } from '../log.js';
import type { Registration } from '../member.js';
import type { Agent } from './agent.js';
import { type Latest, until } from './follow.js';

export interface LeaveIntentOptions {
  readonly agent: Agent;
  readonly self: Registration;
  readonly board: DrainBoard;
  readonly intents: Latest<ReadonlyMap<string, Intent>>;
  readonly callDeadlineMs: number;
  readonly log: Logger;
  /** Called when an operator asks this boot to leave. */
  readonly onLeave: () => void;
}

/** First and longest wait between two attempts to clear an intent, in ms. */
const RETRY_MS = [200, 5_000] as const;

/**
 * Heeds an operator's `leave` until `signal` aborts. One that is there before this boot tried to join was meant for an
 * earlier boot, which died before it could forget it: it is cleared, or no agent of this id could ever start again.
 *
 * Resolves when the agent may join: when the board has been read and holds no such intent, or after one call's deadline,
 * because a board that is away must not keep an app out of the cluster.
 */
export async function heedLeaveIntent(options: LeaveIntentOptions, signal: AbortSignal): Promise<void> {
  const { agent, intents, self, callDeadlineMs, onLeave } = options;
  let stale = false;
  const look = () => {
    const asked = intents.value?.get(self.id) === 'leave';
    stale = asked && (stale || !agent.mayBeRegistered);
    if (asked && !stale) onLeave();
  };
  intents.onChange(look);
  look();
  void clearStale(options, () => stale, signal);
  const first = startDeadline(callDeadlineMs, signal);
  await until([intents], () => intents.value !== undefined && !stale, first.signal);
  first.release();
}

/** Tries until the watch shows that the intent is gone. */
async function clearStale(options: LeaveIntentOptions, isStale: () => boolean, signal: AbortSignal): Promise<void> {
  const { log, self } = options;
  const retry = backoff(...RETRY_MS);
  while (await until([options.intents], isStale, signal)) {
    try {
      await clearIntent(options, signal);
      log.info({ id: self.id }, 'intent to leave of an earlier boot cleared');
      retry.reset();
    } catch (thrown) {
      log.debug({ error: errorMessage(thrown) }, 'intent to leave of an earlier boot not cleared yet');
    }
    await sleep(retry.next(), signal);
  }
}

/** Takes this member's intent off the board, within one call's deadline. */
export function clearIntent(
  { board, callDeadlineMs, self }: Pick<LeaveIntentOptions, 'board' | 'callDeadlineMs' | 'self'>,
  signal: AbortSignal,
): Promise<void> {
  return withDeadline(callDeadlineMs, signal, (deadline) => board.setIntent(self.service, self.id, null, deadline));
}
