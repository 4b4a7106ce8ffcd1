import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterView } from './cluster-view.js';

/** Watches members while something else fails. */
export interface MemberWatch {
  /** Ends the watch; gives every moment at which one of the members was not in the running balancer, ready and up. */
  stop(): Promise<readonly string[]>;
}

/** Looks at the running HAProxy all the time, so that a member that is taken out for a moment is noticed. */
export function watchMembers(cluster: Pick<ClusterView, 'runningServers'>, ids: readonly string[]): MemberWatch {
  const startMs = performance.now();
  const seen: string[] = [];
  let stopping = false;
  const loop = (async () => {
    while (!stopping) {
      const serving = (await cluster.runningServers())
        .filter((one) => one.up && one.admin === 'ready')
        .map((one) => one.name);
      const missing = ids.filter((id) => !serving.includes(id));
      if (missing.length > 0) seen.push(`${missing.join(', ')} at ${Math.round(performance.now() - startMs)} ms`);
      await delay(25);
    }
  })();
  loop.catch(() => undefined);
  return {
    async stop() {
      stopping = true;
      await loop;
      return seen;
    },
  };
}
