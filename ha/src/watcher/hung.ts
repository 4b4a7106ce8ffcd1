import type { RunningState } from '../plan/desired.js';

/** One server that has been down for a while and may still hold requests that will never be answered. */
export interface HungServer {
  readonly backend: string;
  readonly name: string;
}

/**
 * Finds servers whose requests should be cut: down for `afterMs` and not cut since they went down. Not at the moment
 * they go down (`on-marked-down shutdown-sessions`): that cuts clients that are only connecting (15 failed GETs per
 * kill, measured), while a false alarm is over within one check.
 */
export interface HungFinder {
  /** Whether some server is down and not yet cut: the loop should look closely. */
  waiting(): boolean;
  find(running: RunningState, nowMs: number): HungServer[];
  /** The requests of one that was found could not be cut yet: it will be found again. */
  missed(server: HungServer): void;
}

export function createHungFinder(afterMs: number): HungFinder {
  let down = new Map<string, { readonly sinceMs: number; readonly cut: boolean }>();
  const keyOf = ({ backend, name }: HungServer) => `${backend}/${name}`;
  return {
    missed(server) {
      const known = down.get(keyOf(server));
      if (known) down.set(keyOf(server), { ...known, cut: false });
    },
    waiting: () => [...down.values()].some(({ cut }) => !cut),
    find(running, nowMs) {
      const next: typeof down = new Map();
      const hung: HungServer[] = [];
      for (const [backend, servers] of running.backends) {
        for (const { name, health, inFlight, answers } of servers.values()) {
          if (health !== 'down') continue;
          const key = keyOf({ backend, name });
          const { sinceMs, cut } = down.get(key) ?? { sinceMs: nowMs, cut: false };
          // One that answers its check, be it with a 503, works on its requests; one that was not counted is counted next.
          const now = !cut && inFlight !== null && answers === false && nowMs - sinceMs >= afterMs;
          if (now) hung.push({ backend, name });
          next.set(key, { sinceMs, cut: cut || now });
        }
      }
      down = next;
      return hung;
    },
  };
}
