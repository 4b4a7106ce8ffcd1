import type { MemberSet } from '@muster/membership';
import type { GuardState } from '../guard/guard.js';

/** Members that an operator let go although the guard holds them. */
export interface Released {
  /** Ids by service. */
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
  add(service: string, id: string): void;
  /** Let go means once: a member that is gone, or alive again, is like any other. */
  forget(guards: ReadonlyMap<string, GuardState>, sets: ReadonlyMap<string, MemberSet | null>): void;
}

export function createReleased(services: readonly string[]): Released {
  const released = new Map<string, Set<string>>(services.map((service) => [service, new Set()]));
  return {
    ids: released,
    add: (service, id) => void released.get(service)?.add(id),
    forget(guards, sets) {
      for (const [service, ids] of released) {
        for (const id of ids) {
          const verdict = guards.get(service)?.verdicts.get(id);
          const alive = sets.get(service)?.members.get(id)?.status === 'alive';
          if (!verdict || (alive && verdict.held === null)) ids.delete(id);
        }
      }
    },
  };
}
