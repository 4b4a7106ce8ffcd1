import { startDeadline, withDeadline } from '../deadline.js';
import type { DrainBoard, LeaveKey } from '../drain-board.js';
import { errorMessage, MusterError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Registration } from '../member.js';
import type { Registrar } from '../registrar.js';
import type { Agent } from './agent.js';
import { type Balancers, liveBalancers } from './balancers.js';
import { follow, until } from './follow.js';
import { type Acknowledgements, type DrainResult, openRoll, type Roll } from './roll.js';

export interface DrainOptions {
  readonly agent: Agent;
  readonly self: Registration;
  readonly registrar: Registrar;
  readonly board: DrainBoard;
  readonly balancers: Balancers;
  /** For the announcement and all acknowledgements together. */
  readonly drainTimeoutMs: number;
  /** For each of the calls after it, three at most. */
  readonly callDeadlineMs: number;
  readonly log: Logger;
}

/**
 * Announces the leave and waits until every balancer that was alive meanwhile has promised to send this boot nothing
 * more, or the time is up. It never rejects: a leave ends whatever the registry does. The agent must be running, because
 * its heartbeats keep the lease meanwhile. `cut` ends the wait early: nobody needs to wait for an app that is gone.
 */
export async function drain(options: DrainOptions, cut: AbortSignal): Promise<DrainResult> {
  const { agent, board, self, log } = options;
  const budget = startDeadline(options.drainTimeoutMs, cut);
  const key: LeaveKey = { service: self.service, id: self.id, boot: self.boot };
  // Armed before the announcement: a balancer with nothing in flight acknowledges within milliseconds.
  const watch = () => board.watchAcknowledgements(key, budget.signal);
  const acks = follow(watch, budget.signal, (thrown) => log.warn({ error: errorMessage(thrown) }, 'drain board lost'));
  const roll = openRoll(options.balancers, self.service, acks, log);
  agent.report('leave-asked');
  if (await agent.settled(budget.signal)) {
    log.info({ ...key, balancers: liveBalancers(options.balancers, self.service) }, 'leaving announced');
    await allAcknowledged(options, roll, acks, budget.signal);
  } else log.warn(key, 'the registry did not hear of the leave in time');
  roll.close();
  budget.release();
  return roll.result();
}

/** Takes the entry and its acknowledgements away. False when the registry did not do it in time; it never rejects. */
export async function deregister(options: DrainOptions, signal: AbortSignal): Promise<boolean> {
  const { registrar, board, self, callDeadlineMs, log } = options;
  const leave = () =>
    withDeadline(callDeadlineMs, signal, (deadline) => registrar.leave(self.service, self.id, deadline));
  try {
    // Once more: what one busy second has kept would stay until the registry reaps it.
    await leave().catch((thrown: unknown) => {
      if (thrown instanceof MusterError && thrown.retryable) return leave();
      throw thrown;
    });
    await withDeadline(callDeadlineMs, signal, (deadline) =>
      board.clearAcknowledgements(self.service, self.id, deadline),
    );
    return true;
  } catch (thrown) {
    log.warn({ registry: registrar.name, error: errorMessage(thrown) }, 'the registry did not finish the leave');
    return false;
  }
}

/**
 * A set that was never read is not an empty set: right after a start the balancers may be unknown, so their first set is
 * waited for, for the time of one call.
 */
async function allAcknowledged(
  { balancers, callDeadlineMs }: DrainOptions,
  roll: Roll,
  acks: Acknowledgements,
  budget: AbortSignal,
): Promise<void> {
  const first = startDeadline(callDeadlineMs, budget);
  await until([balancers], () => balancers.value !== undefined, first.signal);
  first.release();
  await until([balancers, acks], () => roll.result().missing.length === 0, budget);
}
