import { type Drain, type DrainRequest, type DrainRules, stepDrains } from '../drain/drain-tracker.js';
import { forget, type GuardState, guard, type ShrinkLimits, type Verdict } from '../guard/guard.js';
import { desire } from '../plan/desire.js';
import type { DesiredState, RunningServer, RunningState } from '../plan/desired.js';
import type { Answers } from './inputs.js';

/** All that one pass knows. */
export interface Facts extends Answers {
  readonly services: readonly string[];
  readonly running: RunningState;
  /** From the pass before, or from disk. */
  readonly guards: ReadonlyMap<string, GuardState>;
  readonly drains: ReadonlyMap<string, Drain>;
  /** By service: members that an operator let go. */
  readonly released: ReadonlyMap<string, ReadonlySet<string>>;
  readonly nowMs: number;
  readonly limits: ShrinkLimits;
  readonly rules: DrainRules;
  /** Of the structure that is wanted. */
  readonly ringWeight: number | null;
}

/** What one pass wants. */
export interface Decision {
  readonly guards: ReadonlyMap<string, GuardState>;
  readonly drains: ReadonlyMap<string, Drain>;
  readonly desired: DesiredState;
}

const NOBODY: ReadonlySet<string> = new Set();
const NO_WEIGHTS: ReadonlyMap<string, number> = new Map();
const NO_SERVERS: ReadonlyMap<string, RunningServer> = new Map();

/**
 * From facts to the desired state, without doing anything. Null while a service has neither a set nor a last good one:
 * the first full set comes before the first change.
 */
export function decide(facts: Facts): Decision | null {
  const guards = new Map<string, GuardState>();
  for (const service of facts.services) {
    const state = guardService(service, facts);
    if (!state) return null;
    guards.set(service, state);
  }
  const requests = facts.services.flatMap((service) => drainRequests(service, guards.get(service), facts));
  const drains = stepDrains(facts.drains, requests, facts.running.oldWorkerConnections, facts.nowMs, facts.rules);
  for (const { backend, id, cause, wanted, server } of drains.values()) {
    const state = guards.get(backend);
    if (state && cause === 'deregistered' && wanted === 'gone' && server === null)
      guards.set(backend, forget(state, id));
  }
  const inputs = [...guards].map(([backend, guarded]) => ({
    backend,
    guarded,
    running: facts.running.backends.get(backend) ?? NO_SERVERS,
    weights: facts.weights.get(backend) ?? NO_WEIGHTS,
  }));
  return { guards, drains, desired: desire(inputs, drains, facts.ringWeight) };
}

function guardService(service: string, facts: Facts): GuardState | null {
  const set = facts.sets.get(service) ?? null;
  const known = facts.guards.get(service) ?? null;
  if (!set) return known;
  const servers = facts.running.backends.get(service) ?? NO_SERVERS;
  return guard({
    state: known ?? adopt(servers),
    set,
    health: (id) => servers.get(id)?.health ?? 'unknown',
    released: facts.released.get(service) ?? NOBODY,
    drained: new Set(facts.intents.get(service)?.keys()),
    nowMs: facts.nowMs,
    limits: facts.limits,
  });
}

/** Without a last good set the servers that run are the best knowledge of who was a member. */
function adopt(servers: ReadonlyMap<string, RunningServer>): GuardState | null {
  if (servers.size === 0) return null;
  const verdicts = [...servers.values()].map(({ name, address, port, weight }): [string, Verdict] => {
    const said = { status: 'alive' as const, capacity: 100, role: 'backend', boot: '', tags: {} };
    const member = { id: name, address, port, weight, ...said };
    return [name, { member, fate: 'serve', held: null }];
  });
  return { index: '0', verdicts: new Map(verdicts), vanished: [] };
}

function drainRequests(service: string, state: GuardState | undefined, facts: Facts): DrainRequest[] {
  const servers = facts.running.backends.get(service) ?? NO_SERVERS;
  const intents = facts.intents.get(service);
  return [...(state?.verdicts.values() ?? [])].flatMap(({ member, fate }): DrainRequest[] => {
    const request = { backend: service, id: member.id, boot: member.boot, server: servers.get(member.id) ?? null };
    if (fate === 'drain') return [{ ...request, cause: member.status === 'leaving' ? 'announced' : 'deregistered' }];
    return intents?.has(member.id) ? [{ ...request, cause: 'intent' }] : [];
  });
}
