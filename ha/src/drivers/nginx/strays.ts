import { type Connection, connectionsOf, portOf } from './connections.js';
import { straysOf } from './processes.js';

/**
 * Workers of an earlier master that was killed: they finish what they have, and answer one more request on a kept
 * connection by their old list, so that they count as leaving. All processes are looked through once for each master;
 * afterwards only those that were found.
 */
export function createStrays(publicPorts: ReadonlySet<number>): (master: number) => Promise<readonly number[]> {
  let known = 0;
  let strays: readonly number[] = [];
  return async (master) => {
    const candidates = master === known ? strays : await straysOf();
    known = master;
    const busy = await Promise.all(candidates.map(hasClients));
    strays = candidates.filter((_, index) => busy[index]);
    return strays;
  };

  /** Another user's worker cannot be looked into, and is none of ours. */
  async function hasClients(pid: number): Promise<boolean> {
    const open = await connectionsOf([pid]).catch(() => new Map<number, readonly Connection[]>());
    return open.get(pid)?.some(({ local }) => publicPorts.has(portOf(local))) ?? false;
  }
}
