import { monotonicMs } from '../clock.js';
import { startDeadline } from '../deadline.js';
import type { Intent } from '../drain-board.js';
import { errorMessage } from '../errors.js';
import type { AppExit } from './app-process.js';
import { type DrainOptions, deregister, drain } from './drain.js';
import type { Latest } from './follow.js';
import { clearIntent } from './leave-intent.js';
import { type DrainResult, elapsed } from './roll.js';

/** A running agent, with what it takes to end it. */
export interface Running extends DrainOptions {
  readonly intents: Latest<ReadonlyMap<string, Intent>>;
  /** Ends the agent's loop, the probes and the watches; resolves when no call to the registry is under way. */
  readonly stop: () => Promise<void>;
}

const NEVER = new AbortController().signal;

const NOBODY: DrainResult = { acknowledged: [], missing: [] };

/**
 * Leaves the cluster: drain, deregister, forget the intent that asked for it. Ends after `drainTimeoutMs` and a few call
 * deadlines at most, whatever the registry does. An agent that never joined has nobody to tell.
 */
export async function leaveCluster(running: Running, appGone: AbortSignal): Promise<void> {
  const { agent, self, log } = running;
  const startedMs = monotonicMs();
  const result = (await isRegistered(running)) ? await drain(running, appGone) : NOBODY;
  agent.report('leave-asked');
  await running.stop();
  if (!agent.mayBeRegistered) return log.info({ id: self.id }, 'left before it had joined');
  const deregistered = await deregister(running, NEVER);
  await forgetIntent(running);
  agent.report('leave-done');
  const fields = { ...result, elapsedMs: elapsed(startedMs) };
  if (deregistered) log.info(fields, 'left');
  else log.warn(fields, 'ended without having left: the registry drops the entry when its lease ends');
}

/** After the app has exited by itself: the registry hears of it at once, and the entry stays, failed, for all to see. */
export async function endAfterAppExit(running: Running, exit: AppExit): Promise<number> {
  const { agent, callDeadlineMs, log } = running;
  log.error({ code: exit.code }, exit.reason);
  agent.report('app-unhealthy', exit.reason);
  // Two calls: the one that may be under way and ours.
  const deadline = startDeadline(2 * callDeadlineMs, NEVER);
  await agent.settled(deadline.signal);
  deadline.release();
  await running.stop();
  return exit.code;
}

/** A first join that is under way is waited for: once it is accepted, balancers may already send requests. */
async function isRegistered({ agent, callDeadlineMs }: Running): Promise<boolean> {
  if (agent.isRegistered || !agent.mayBeRegistered) return agent.isRegistered;
  const deadline = startDeadline(callDeadlineMs, NEVER);
  await agent.settled(deadline.signal);
  deadline.release();
  return agent.isRegistered;
}

/** Else the intent waits on the board for the next start of this member, which has to clear it. */
async function forgetIntent(running: Running): Promise<void> {
  const { intents, log, self } = running;
  if (intents.value?.get(self.id) !== 'leave') return;
  try {
    await clearIntent(running, NEVER);
  } catch (thrown) {
    log.warn({ error: errorMessage(thrown) }, 'the intent to leave is still on the board');
  }
}
