import { type Intent, monotonicMs } from '@muster/membership';
import type { Drain } from '../drain/drain-tracker.js';
import type { BalancerDriver } from '../drivers/driver.js';
import type { GuardState } from '../guard/guard.js';
import type { RunningServer, RunningState } from '../plan/desired.js';
import { explainSteps } from '../plan/explain.js';
import { describePlan, isEmpty, type Plan } from '../plan/plan.js';
import type { MemberView, ServerView, WatcherStatus, WatcherView } from './status.js';

/** What the latest pass knew. The loop replaces it; the API reads it. */
export interface Snapshot {
  readonly guards: ReadonlyMap<string, GuardState>;
  readonly intents: ReadonlyMap<string, ReadonlyMap<string, Intent>>;
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly running: RunningState | null;
  readonly plan: Plan | null;
  readonly drains: ReadonlyMap<string, Drain>;
  /** When the last pass came to its end, on the monotonic clock; null before the first. */
  readonly passedMs: number | null;
}

/** The part of the status that is not in a snapshot. */
export type StatusFacts = Omit<WatcherStatus, 'inSync' | 'revision' | 'balancer'> & {
  readonly balancer: Omit<WatcherStatus['balancer'], 'workers'>;
  readonly expectedRevision: string;
  readonly changesBy: BalancerDriver['changesBy'];
};

/** A loop without a pass for this long hangs, or its balancer does not answer: it rests for 3 s after a fault at most. */
const LOOP_ALIVE_MS = 5_000;

/** The API's window on the loop: built from the latest snapshot, without touching the balancer. */
export function createView(snapshot: () => Snapshot, facts: () => StatusFacts): WatcherView {
  return {
    passes() {
      const { passedMs } = snapshot();
      return passedMs !== null && monotonicMs() - passedMs < LOOP_ALIVE_MS;
    },
    status() {
      const { expectedRevision, changesBy: _, ...rest } = facts();
      const { plan, running } = snapshot();
      const idle = plan !== null && isEmpty(plan);
      return {
        ...rest,
        balancer: { ...rest.balancer, workers: running ? (running.oldWorkers ?? 0) + 1 : 0 },
        revision: running?.revision ?? 'unknown',
        inSync: idle && running?.revision === expectedRevision && rest.problem === null,
      };
    },
    members: () => [...snapshot().guards].flatMap(([service, guard]) => serviceMembers(service, guard, snapshot())),
    plan() {
      const { plan, drains } = snapshot();
      if (!plan) return { text: 'no pass has been made yet', steps: [], reload: null };
      return {
        text: describePlan(plan, facts().changesBy),
        steps: explainSteps(plan, drains),
        reload: plan.reload,
      };
    },
  };
}

function serviceMembers(service: string, guard: GuardState, { running, intents, weights }: Snapshot): MemberView[] {
  return [...guard.verdicts.values()].map(({ member, held }) => {
    const server = running?.backends.get(service)?.get(member.id);
    const operatorWeight = weights.get(service)?.get(member.id) ?? null;
    return {
      ...member,
      service,
      weight: operatorWeight ?? member.weight,
      operatorWeight,
      server: server ? viewOf(server) : null,
      intent: intents.get(service)?.get(member.id) ?? null,
      held: held !== null,
    };
  });
}

function viewOf({ admin, health, weight, inFlight }: RunningServer): ServerView {
  return { admin, health, weight, inFlight: inFlight ?? 0 };
}

/** Statistics are not read in every pass: the last counts stay for the view. */
export function keepCounts(now: RunningState, before: RunningState | null): RunningState {
  const backends = [...now.backends].map(([name, servers]) => {
    const old = before?.backends.get(name);
    const counted = [...servers].map(
      ([id, server]) => [id, { ...server, inFlight: server.inFlight ?? old?.get(id)?.inFlight ?? null }] as const,
    );
    return [name, new Map(counted)] as const;
  });
  return { ...now, backends: new Map(backends), oldWorkers: now.oldWorkers ?? before?.oldWorkers ?? null };
}
