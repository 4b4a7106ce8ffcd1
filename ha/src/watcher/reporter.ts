import { diff, type Intent, type MemberSet } from '@muster/membership';
import type { Drain } from '../drain/drain-tracker.js';
import type { ClusterEvent } from '../events/event.js';
import type { GuardState } from '../guard/guard.js';
import type { RunningState } from '../plan/desired.js';
import { describeStep, type Step } from '../plan/plan.js';

/** Turns what changed from one pass to the next into events. It remembers only what it has told. */
export interface Reporter {
  set(set: MemberSet): void;
  guarded(service: string, state: GuardState): void;
  running(state: RunningState): void;
  drains(drains: ReadonlyMap<string, Drain>): void;
  intents(service: string, intents: ReadonlyMap<string, Intent>): void;
  step(step: Step): void;
  /** Anything that is told as it is. */
  event(event: ClusterEvent): void;
}

/** `known` are the sets of the last good state: what was known before a restart is no news. */
export function createReporter(
  publish: (event: ClusterEvent) => void,
  known: ReadonlyMap<string, MemberSet>,
): Reporter {
  const sets = new Map(known);
  const held = new Map<string, string>();
  const health = new Map<string, string>();
  const told = new Map<string, number | null>();
  const wishes = new Map<string, string>();
  const about = (
    type: ClusterEvent['type'],
    service: string,
    member: string,
    message: string,
    detail: ClusterEvent['detail'] = {},
  ) => publish({ type, service, member, message, detail });

  return {
    event: publish,

    set(set) {
      const before = sets.get(set.service);
      if (before === set) return;
      sets.set(set.service, set);
      for (const { type, member } of diff(before ?? null, set)) {
        const { address, port, status, weight } = member;
        about(type, set.service, member.id, `${type} ${member.id}`, { address, port, status, weight });
      }
      const old = new Set(before?.rejected.map(({ id, reason }) => `${id} ${reason}`));
      for (const { id, reason } of set.rejected) {
        if (!old.has(`${id} ${reason}`))
          about('member-rejected', set.service, id, `${id || 'an entry without id'} skipped: ${reason}`, { reason });
      }
    },

    guarded(service, state) {
      for (const { member, held: reason } of state.verdicts.values()) {
        const key = `${service}/${member.id}`;
        const before = held.get(key);
        if (reason === null) held.delete(key);
        else held.set(key, reason);
        if (reason !== null && before !== reason) {
          about('member-held', service, member.id, `${member.id} stays in service against the registry: ${reason}`, {
            reason,
            status: member.status,
          });
        }
      }
    },

    running(state) {
      const seen = new Set<string>();
      for (const [service, servers] of state.backends) {
        for (const server of servers.values()) {
          const key = `${service}/${server.name}`;
          seen.add(key);
          const before = health.get(key);
          if (server.health === 'unknown' || server.health === before) continue;
          health.set(key, server.health);
          if (server.health === 'down')
            about('server-down', service, server.name, `${server.name} fails the balancer's check: out of rotation`);
          else if (before === 'down')
            about('server-up', service, server.name, `${server.name} passes the balancer's check: back in rotation`);
        }
      }
      for (const key of health.keys()) if (!seen.has(key)) health.delete(key);
    },

    drains(drains) {
      for (const [key, { backend, id, cause, startedMs, drainedMs, server }] of drains) {
        const detail = { cause, inFlight: server?.inFlight ?? 0 };
        if (!told.has(key)) about('server-draining', backend, id, `${id} takes no new requests (${cause})`, detail);
        if (drainedMs !== null && !told.get(key)) {
          const elapsedMs = Math.round(drainedMs - startedMs);
          about('server-drained', backend, id, `${id} is drained after ${elapsedMs} ms`, { ...detail, elapsedMs });
        }
        told.set(key, drainedMs);
      }
      for (const key of told.keys()) if (!drains.has(key)) told.delete(key);
    },

    intents(service, intents) {
      for (const [id, intent] of intents) {
        if (wishes.get(`${service}/${id}`) !== intent)
          about('intent', service, id, `an operator asked: ${intent} ${id}`, { intent });
        wishes.set(`${service}/${id}`, intent);
      }
      for (const key of wishes.keys()) {
        const id = key.slice(service.length + 1);
        if (!key.startsWith(`${service}/`) || intents.has(id)) continue;
        wishes.delete(key);
        about('intent', service, id, `the intent for ${id} is lifted`, { intent: 'none' });
      }
    },

    step(step) {
      const name = 'server' in step ? step.server.name : step.name;
      if (step.kind === 'add')
        about('server-added', step.backend, name, `${name} takes requests`, {
          address: step.server.address,
          port: step.server.port,
        });
      if (step.kind === 'ready') about('server-ready', step.backend, name, `${name} takes requests`);
      if (step.kind === 'remove') about('server-removed', step.backend, name, describeStep(step));
    },
  };
}
