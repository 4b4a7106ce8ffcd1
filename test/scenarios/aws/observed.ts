import { setTimeout as delay } from 'node:timers/promises';
import type { MotoGroup } from '../../support/moto/group.js';
import type { Happening } from './timeline.js';

const EVERY_MS = 50;

/** What AWS says of one instance, asked again and again until `stop`: each change is a happening. */
export function observe(group: MotoGroup, instanceId: string): { stop(): Promise<Happening[]> } {
  const seen: Happening[] = [];
  let stopping = false;
  const note = (before: string | null, now: string, what: string) => {
    if (before !== null && before !== now)
      seen.push({ atMs: Date.now(), who: 'AWS', what: `${what}: ${before} → ${now}` });
    return now;
  };
  const run = async () => {
    let inGroup: string | null = null;
    let inEc2: string | null = null;
    while (!stopping) {
      inGroup = note(inGroup, (await group.lifecycleState(instanceId)) ?? 'not in the group', 'lifecycle state');
      inEc2 = note(inEc2, await group.ec2State(instanceId), 'instance');
      await delay(EVERY_MS);
    }
  };
  const running = run();
  return {
    async stop() {
      stopping = true;
      await running;
      return seen;
    },
  };
}
