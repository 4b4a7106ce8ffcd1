import { monotonicMs } from '../clock.js';
import { startDeadline, withDeadline } from '../deadline.js';
import type { Acknowledgement, DrainBoard, LeaveKey } from '../drain-board.js';
import { errorMessage } from '../errors.js';
import type { Logger } from '../log.js';
import type { Registration } from '../member.js';
import type { Registrar } from '../registrar.js';
import type { Agent } from './agent.js';
import { type Balancers, liveBalancers } from './balancers.js';
import { follow, type Latest, until } from './follow.js';

export interface DrainOptions {
  readonly agent: Agent;
  readonly self: Registration;
  readonly registrar: Registrar;
  readonly board: DrainBoard;
  readonly balancers: Balancers;
  /** For the announcement and all acknowledgements together. */
  readonly drainTimeoutMs: number;
  /** For each of the two calls after it. */
  readonly callDeadlineMs: number;
  readonly log: Logger;
}

/** How a leave went: names of the balancers that did and did not acknowledge. */
export interface DrainResult {
  readonly acknowledged: readonly string[];
  readonly missing: readonly string[];
}

type Acknowledgements = Latest<ReadonlyMap<string, Acknowledgement>>;

/**
 * Announces the leave and waits until every live balancer has promised to send this boot nothing more, or the time is
 * up. It never rejects: a leave ends whatever the registry does. The agent must be running, because its heartbeats keep
 * the lease meanwhile. `cut` ends the wait early: nobody needs to wait for an app that is gone.
 */
export async function drain(options: DrainOptions, cut: AbortSignal): Promise<DrainResult> {
  const { agent, board, self, log } = options;
  const startedMs = monotonicMs();
  const budget = startDeadline(options.drainTimeoutMs, cut);
  const key: LeaveKey = { service: self.service, id: self.id, boot: self.boot };
  // Armed before the announcement: a balancer with nothing in flight acknowledges within milliseconds.
  const watch = () => board.watchAcknowledgements(key, budget.signal);
  const acks = follow(watch, budget.signal, (thrown) => log.warn({ error: errorMessage(thrown) }, 'drain board lost'));
  const endReport = reportAcknowledgements(acks, startedMs, log);
  agent.report('leave-asked');
  if (await agent.settled(budget.signal)) {
    log.info({ ...key, balancers: liveBalancers(options.balancers, self.service) }, 'leaving announced');
    await allAcknowledged(options, acks, budget.signal);
  } else log.warn(key, 'the registry did not hear of the leave in time');
  endReport();
  budget.release();
  return resultOf(options, acks);
}

/** Takes the entry and its acknowledgements away. False when the registry did not do it in time; it never rejects. */
export async function deregister(options: DrainOptions, signal: AbortSignal): Promise<boolean> {
  const { registrar, board, self, callDeadlineMs, log } = options;
  try {
    await withDeadline(callDeadlineMs, signal, (deadline) => registrar.leave(self.service, self.id, deadline));
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
async function allAcknowledged(options: DrainOptions, acks: Acknowledgements, budget: AbortSignal): Promise<void> {
  const { balancers, callDeadlineMs } = options;
  const first = startDeadline(callDeadlineMs, budget);
  await until([balancers], () => balancers.value !== undefined, first.signal);
  first.release();
  await until([balancers, acks], () => resultOf(options, acks).missing.length === 0, budget);
}

function resultOf({ balancers, self }: DrainOptions, acks: Acknowledgements): DrainResult {
  const acknowledged = [...(acks.value?.values() ?? [])]
    .filter((ack) => ack.state === 'drained')
    .map((ack) => ack.balancer);
  const missing = liveBalancers(balancers, self.service).filter((name) => !acknowledged.includes(name));
  return { acknowledged: acknowledged.sort(), missing };
}

/** One log line for each balancer that has drained. */
function reportAcknowledgements(acks: Acknowledgements, startedMs: number, log: Logger): () => void {
  const told = new Set<string>();
  return acks.onChange(() => {
    for (const { balancer, state, inFlight } of acks.value?.values() ?? []) {
      if (state !== 'drained' || told.has(balancer)) continue;
      told.add(balancer);
      log.info({ balancer, inFlight, elapsedMs: elapsed(startedMs) }, 'balancer acknowledged');
    }
  });
}

/** Whole milliseconds since `startedMs` of the monotonic clock. */
export function elapsed(startedMs: number): number {
  return Math.round(monotonicMs() - startedMs);
}
