import { readdir } from 'node:fs/promises';
import { errorCode, MusterError } from '@muster/membership';
import { type Connection, connectionsOf, portOf } from './connections.js';
import { isMaster, isWorker, masterPid, socketInodes, textOf, unreadable } from './processes.js';

/**
 * Tells the workers that a killed master left behind to finish: they close their listening sockets at once, which the next
 * master waits for (it tries to bind for 2.5 s), and then answer what they have. Gives their pids.
 */
export async function releaseOrphans(options: {
  readonly pidFile: string;
  readonly socketPath: string;
}): Promise<readonly number[]> {
  if ((await masterPid(options.pidFile)) !== null) return [];
  const found = await listeningOrphans(options.socketPath);
  for (const pid of found) process.kill(pid, 'SIGQUIT');
  return found;
}

/**
 * Gives the orphans that clients are connected to, for the master that runs: they finish what they have, and answer one
 * more request on a kept connection by their old list, so that they count as leaving. All processes are looked through
 * once for each master; afterwards only those that were found.
 */
export function createBusyOrphans(publicPorts: ReadonlySet<number>): (master: number) => Promise<readonly number[]> {
  let known = 0;
  let busy: readonly number[] = [];
  return async (master) => {
    const candidates = master === known ? busy : await orphans();
    known = master;
    const haveClients = await Promise.all(candidates.map(hasClients));
    busy = candidates.filter((_, index) => haveClients[index]);
    return busy;
  };

  async function hasClients(pid: number): Promise<boolean> {
    const open = await unlessForeign(() => connectionsOf([pid]), new Map<number, readonly Connection[]>());
    return open.get(pid)?.some(({ local }) => publicPorts.has(portOf(local))) ?? false;
  }
}

/** Orphans that still listen on `socketPath`: they keep the ports from the next master. */
async function listeningOrphans(socketPath: string): Promise<number[]> {
  const inodes = new Set(
    (await textOf('/proc/net/unix')).split('\n').flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      return fields[7] === socketPath ? [fields[6] ?? ''] : [];
    }),
  );
  const found: number[] = [];
  for (const pid of await orphans()) {
    const sockets = await unlessForeign(async () => socketInodes(pid), []);
    if (sockets.some((inode) => inodes.has(inode))) found.push(pid);
  }
  return found;
}

/** Another user's process cannot be looked into, and is none of ours. Any other fault is one. */
async function unlessForeign<T>(look: () => Promise<T>, none: T): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof MusterError && ['EACCES', 'EPERM'].includes(errorCode(error.cause) ?? '')) return none;
    throw error;
  }
}

/** Workers of any NGINX whose master is gone: one that was killed leaves them behind. */
async function orphans(): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc').catch(unreadable('/proc'))).map(Number).filter(Boolean)) {
    const isOrphan = async () => (await isWorker(pid)) && !(await isMaster(await parentOf(pid)));
    if (await unlessForeign(isOrphan, false)) found.push(pid);
  }
  return found;
}

async function parentOf(pid: number): Promise<number> {
  return Number(/^PPid:\s*(\d+)$/m.exec(await textOf(`/proc/${pid}/status`))?.[1] ?? 0);
}
