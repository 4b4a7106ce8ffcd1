/** What a server may do: take new requests, only finish what it has, or nothing (HAProxy management manual, `set server`). */
export type AdminState = 'ready' | 'drain' | 'maint';

/** One server as it should run. */
export interface DesiredServer {
  /** The member's id; it passed `ID_PATTERN`, so it can stand in a file and in a command. */
  readonly name: string;
  /** HAProxy's numeric server id, forced and stable, so that consistent hashing survives a reload. */
  readonly serverId: number;
  readonly address: string;
  readonly port: number;
  /** 0–256. */
  readonly weight: number;
  readonly admin: AdminState;
  /** The balancer's own check says down: a reload must not bring it back up unchecked. */
  readonly down: boolean;
  /** Whether the balancer's own check decides about it; not for the last one in service. */
  readonly checked: boolean;
}

/** Servers by name, in ascending order, for every backend that the structure has. */
export type DesiredState = ReadonlyMap<string, ReadonlyMap<string, DesiredServer>>;

/** The balancer's own verdict on a server; `unknown` before its first check and in maintenance. */
export type Health = 'up' | 'down' | 'unknown';

/** One server as the running process tells it. */
export interface RunningServer {
  readonly name: string;
  readonly serverId: number;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly admin: AdminState;
  readonly health: Health;
  /** Whether its check runs; null when its line has none. */
  readonly checked: boolean | null;
  /**
   * Whether what runs says that it is down; null where the balancer's own check takes it out by itself. Where it is not
   * null somebody else checks, and the plan must tell the balancer.
   */
  readonly markedDown: boolean | null;
  /** Requests open or queued on it, or null when `read` was not asked for statistics. */
  readonly inFlight: number | null;
  /** Whether its last check got any answer, be it a bad one; null when `read` was not asked for statistics. */
  readonly answers: boolean | null;
}

/** What the balancer runs: asked from the process, never remembered. */
export interface RunningState {
  /** Hash of the structure (template and settings) that this worker was started with; null when it cannot be proved. */
  readonly revision: string | null;
  readonly backends: ReadonlyMap<string, ReadonlyMap<string, RunningServer>>;
  /** Client connections that leaving workers still hold; they route by a frozen server list. Null without statistics. */
  readonly oldWorkerConnections: number | null;
  /** Generations of workers of earlier reloads. Null without statistics. */
  readonly oldWorkers: number | null;
}
