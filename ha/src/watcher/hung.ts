import type { BalancerDriver } from '../drivers/driver.js';
import type { ClusterEvent } from '../events/event.js';
import type { RunningState } from '../plan/desired.js';

export interface HungCutterOptions {
  readonly driver: Pick<BalancerDriver, 'cut'>;
  readonly publish: (event: ClusterEvent) => void;
  /** A server that has been down for this long hangs. */
  readonly afterMs: number;
}

/**
 * Cuts requests that will never be answered: of servers that have been down for `afterMs`, once each time they go down. Not
 * at the moment they go down (`on-marked-down shutdown-sessions`): that cuts clients that are only connecting (15 failed
 * GETs per kill, measured), while a false alarm is over within one check.
 */
export interface HungCutter {
  /** Whether some server is down and not yet cut: the loop should look closely. */
  waiting(): boolean;
  /** Cuts what hangs by now, and tells of it. Rejects as `BalancerDriver.cut` does. */
  cut(running: RunningState, nowMs: number, signal: AbortSignal): Promise<void>;
}

/** One server that is down. */
interface Down {
  readonly sinceMs: number;
  readonly cut: boolean;
}

export function createHungCutter({ driver, publish, afterMs }: HungCutterOptions): HungCutter {
  let down = new Map<string, Down>();
  return {
    waiting: () => [...down.values()].some(({ cut }) => !cut),
    async cut(running, nowMs, signal) {
      const fresh: Down = { sinceMs: nowMs, cut: false };
      const found = downIn(running);
      down = new Map(found.map(({ key }) => [key, down.get(key) ?? fresh]));
      for (const { key, backend, server } of found) {
        const { sinceMs, cut } = down.get(key) ?? fresh;
        const { name, inFlight, answers } = server;
        // One that answers its check, be it with a 503, works on its requests; one that was not counted is counted next.
        if (cut || nowMs - sinceMs < afterMs || answers !== false || inFlight === null) continue;
        // First, so that one that fails is not tried in every pass.
        down.set(key, { sinceMs, cut: true });
        if (!(await cutRequests(inFlight, backend, name, signal))) down.set(key, { sinceMs, cut: false });
      }
    },
  };

  /** False = not yet. */
  async function cutRequests(inFlight: number, backend: string, name: string, signal: AbortSignal): Promise<boolean> {
    if (inFlight === 0) return true;
    if (!(await driver.cut(backend, name, signal))) return false;
    const message = `${inFlight} hung requests on ${name} were cut`;
    publish({ type: 'server-cut', service: backend, member: name, message, detail: { inFlight } });
    return true;
  }
}

/** Every server that is down. */
function downIn({ backends }: RunningState) {
  const all = [...backends].flatMap(([backend, servers]) =>
    [...servers.values()].map((server) => ({ key: `${backend}/${server.name}`, backend, server })),
  );
  return all.filter(({ server }) => server.health === 'down');
}
