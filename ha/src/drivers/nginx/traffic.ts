import { type Connection, connectionsOf, kernelEndpoint, portOf } from './connections.js';
import type { Control } from './control.js';
import { runningMaster, type Workers, workersOf } from './processes.js';

/** What clients and workers have open at one moment. */
export interface Traffic {
  /** Pids of the workers. */
  readonly workers: Workers;
  /** Generations of old workers: as many as would fill the places of those that serve. */
  readonly leaving: number;
  /** Connections of clients that old workers hold: they may still bring a request, which goes by a frozen list. */
  readonly leavingClients: number;
  readonly clientsOf: (worker: number) => number;
  /** Connections of one worker to one server. */
  readonly openOf: (worker: number, address: string, port: number) => number;
  /**
   * Requests on one server. Exact for one that takes no new requests; for the others idle connections count too, but never
   * more than there are requests open at all.
   */
  readonly openOn: (address: string, port: number) => number;
}

export interface TrafficSources {
  readonly control: Control;
  readonly pidFile: string;
  readonly publicPorts: ReadonlySet<number>;
  /** `createBusyOrphans`. */
  readonly orphansOf: (master: number) => Promise<readonly number[]>;
}

/** Counts in /proc, because NGINX itself tells only the sum of open requests. Rejects when it cannot. */
export async function readTraffic(sources: TrafficSources, signal: AbortSignal): Promise<Traffic> {
  const { control, pidFile, publicPorts, orphansOf } = sources;
  const master = await runningMaster(pidFile);
  const [own, orphans] = await Promise.all([workersOf(master), orphansOf(master)]);
  const workers = { ...own, leaving: [...own.leaving, ...orphans] };
  const pids = [...workers.serving, ...workers.leaving];
  const [connections, openRequests] = await Promise.all([connectionsOf(pids), control.openRequests(signal)]);
  const of = (pid: number): readonly Connection[] => connections.get(pid) ?? [];
  const clientsOf = (pid: number) => of(pid).filter(({ local }) => publicPorts.has(portOf(local))).length;
  const openOf = (pid: number, address: string, port: number) => {
    const endpoint = kernelEndpoint(address, port);
    return of(pid).filter(({ remote }) => remote === endpoint).length;
  };
  return {
    workers,
    leaving: Math.ceil(workers.leaving.length / Math.max(1, workers.serving.length)),
    leavingClients: sum(workers.leaving.map(clientsOf)),
    clientsOf,
    openOf,
    openOn: (address, port) => Math.min(openRequests, sum(pids.map((pid) => openOf(pid, address, port)))),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
