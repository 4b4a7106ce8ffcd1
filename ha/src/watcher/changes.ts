import {
  diff,
  type Intent,
  type Member,
  type MemberEvent,
  type MemberEventType,
  type MemberSet,
} from '@muster/membership';
import type { Drain } from '../drain/drain-tracker.js';
import type { ClusterEvent } from '../events/event.js';
import type { GuardState } from '../guard/guard.js';
import type { RunningServer, RunningState } from '../plan/desired.js';
import { describeStep, type Step } from '../plan/plan.js';

/** What one pass knew, as far as it is worth telling. */
export interface Told {
  /** The sets as they are in force; see `inForce`. */
  readonly sets: ReadonlyMap<string, MemberSet>;
  readonly intents: ReadonlyMap<string, ReadonlyMap<string, Intent>>;
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly guards: ReadonlyMap<string, GuardState>;
  readonly drains: ReadonlyMap<string, Drain>;
  readonly running: RunningState | null;
}

/** The events that lead from one pass to the next, `done` being the steps between them: first who, then what was done. */
export function changes(before: Told, now: Told, done: readonly Step[]): ClusterEvent[] {
  return [
    ...[...now.sets.values()].flatMap((set) => setEvents(before.sets.get(set.service) ?? null, set)),
    ...[...now.intents].flatMap(([service, intents]) => intentEvents(service, before.intents.get(service), intents)),
    ...[...now.weights].flatMap(([service, weights]) => weightEvents(service, before.weights.get(service), weights)),
    ...done.flatMap(stepEvents),
    ...[...now.guards].flatMap(([service, guard]) => heldEvents(service, before.guards.get(service), guard)),
    ...[...(now.running?.backends ?? [])].flatMap(([service, servers]) =>
      healthEvents(service, before.running?.backends.get(service), servers, now.guards.get(service)),
    ),
    ...[...now.drains].flatMap(([key, drain]) => drainEvents(before.drains.get(key), drain)),
  ];
}

function setEvents(before: MemberSet | null, set: MemberSet): ClusterEvent[] {
  if (before === set) return [];
  const known = new Set(before?.rejected.map(({ id, reason }) => `${id} ${reason}`));
  const fresh = set.rejected.filter(({ id, reason }) => !known.has(`${id} ${reason}`));
  return [
    ...diff(before, set).map((event) => memberEvent(event, before?.members.get(event.member.id))),
    ...fresh.map(({ id, reason }) =>
      about('member-rejected', set.service, id, `${id || 'an entry without id'} skipped: ${reason}`, { reason }),
    ),
  ];
}

function memberEvent({ type, service, member }: MemberEvent, before: Member | undefined): ClusterEvent {
  const { id, address, port, status, weight, capacity } = member;
  return about(type, service, id, memberSentence(type, member, before), { address, port, status, weight, capacity });
}

function memberSentence(type: MemberEventType, member: Member, before: Member | undefined): string {
  const { id, address, port, capacity } = member;
  const takes = before !== undefined && before.capacity !== capacity;
  const sentences: Record<MemberEventType, string> = {
    'member-join': `${id} joined at ${address}:${port}`,
    'member-leaving': `${id} announced its leave`,
    'member-leave': `${id} left`,
    'member-failed': `the registry calls ${id} failed`,
    'member-update': takes
      ? `${id} can take ${capacity} % of its share, by its own view`
      : `${id} changed what it says of itself`,
    'member-reap': `the registry dropped ${id}, which had failed`,
  };
  return sentences[type];
}

type Intents = ReadonlyMap<string, Intent>;

function intentEvents(service: string, before: Intents | undefined, now: Intents): ClusterEvent[] {
  const asked = [...now].filter(([id, intent]) => before?.get(id) !== intent);
  const lifted = [...(before?.keys() ?? [])].filter((id) => !now.has(id));
  return [
    ...asked.map(([id, intent]) => about('intent', service, id, `an operator asked: ${intent} ${id}`, { intent })),
    ...lifted.map((id) => about('intent', service, id, `the intent for ${id} is lifted`, { intent: 'none' })),
  ];
}

type Weights = ReadonlyMap<string, number>;

function weightEvents(service: string, before: Weights | undefined, now: Weights): ClusterEvent[] {
  const asked = [...now].filter(([id, weight]) => before?.get(id) !== weight);
  const lifted = [...(before?.keys() ?? [])].filter((id) => !now.has(id));
  return [
    ...asked.map(([id, weight]) =>
      about('weight', service, id, `an operator set the weight of ${id} to ${weight}`, { weight }),
    ),
    ...lifted.map((id) => about('weight', service, id, `${id} has its own weight again`, { weight: 'own' })),
  ];
}

function stepEvents(step: Step): ClusterEvent[] {
  const { backend } = step;
  if (step.kind === 'add') {
    const { name, address, port } = step.server;
    return [about('server-added', backend, name, `${name} takes requests`, { address, port })];
  }
  if (step.kind === 'ready') {
    const when = step.down ? 'may take requests once it passes its check' : 'takes requests';
    return [about('server-ready', backend, step.name, `${step.name} ${when}`)];
  }
  return step.kind === 'remove' ? [about('server-removed', backend, step.name, describeStep(step))] : [];
}

function heldEvents(service: string, before: GuardState | undefined, now: GuardState): ClusterEvent[] {
  const fresh = [...now.verdicts.values()].filter(
    ({ member, held }) => held !== null && before?.verdicts.get(member.id)?.held !== held,
  );
  return fresh.map(({ member: { id, status }, held }) =>
    about('member-held', service, id, `${id} stays in service against the registry: ${held}`, {
      reason: held ?? '',
      status,
    }),
  );
}

type Servers = ReadonlyMap<string, RunningServer>;

/** Of one that is no member any more and waits to be removed nothing is told: its check asks who has its address now. */
function healthEvents(
  service: string,
  before: Servers | undefined,
  now: Servers,
  guarded: GuardState | undefined,
): ClusterEvent[] {
  return [...now.values()].flatMap(({ name, health }) => {
    const was = before?.get(name)?.health;
    if (health === 'down' && was !== 'down') {
      return [about('server-down', service, name, `${name} fails the balancer's check: out of rotation`)];
    }
    if (health !== 'up' || was !== 'down' || guarded?.verdicts.has(name) === false) return [];
    return [about('server-up', service, name, `${name} passes the balancer's check: back in rotation`)];
  });
}

function drainEvents(before: Drain | undefined, now: Drain): ClusterEvent[] {
  const { backend, id, cause, startedMs, drainedMs } = now;
  const same = before?.startedMs === startedMs;
  const detail = { cause, inFlight: now.server?.inFlight ?? 0 };
  const started = same ? [] : [about('server-draining', backend, id, `${id} takes no new requests (${cause})`, detail)];
  if (drainedMs === null || (same && before.drainedMs !== null)) return started;
  const elapsedMs = Math.round(drainedMs - startedMs);
  return [
    ...started,
    about('server-drained', backend, id, `${id} is drained after ${elapsedMs} ms`, { ...detail, elapsedMs }),
  ];
}

function about(
  type: ClusterEvent['type'],
  service: string,
  member: string,
  message: string,
  detail: ClusterEvent['detail'] = {},
): ClusterEvent {
  return { type, service, member, message, detail };
}
