import type { DesiredState, RunningState } from '../plan/desired.js';
import type { Plan, Step } from '../plan/plan.js';
import type { Structure } from '../render/structure.js';

export interface ApplyResult {
  /** Steps that could not be finished yet and will be planned again, such as removing a server with open connections. */
  readonly pending: readonly Step[];
  /** Why some of them take a reload, or null. The others are done all the same. */
  readonly needsReload: string | null;
  /** Whether new workers were started. */
  readonly reloaded: boolean;
}

/**
 * Knows one balancer. `read` asks the running process, never memory. `apply` never overlaps itself and ends with what was
 * asked for running, or rejects with a `MusterError` and leaves the balancer serving what it served before.
 */
export interface BalancerDriver {
  readonly name: string;
  /** The version of the binary, such as `3.2.26`. */
  readonly version: string;
  /** How a change of the membership gets into the running process; by a reload it is spaced and merged with others. */
  readonly changesBy: 'runtime' | 'reload';
  read(options: { readonly inFlight: boolean }, signal: AbortSignal): Promise<RunningState>;
  /** Makes what the balancer would load at its next start equal to `desired`. Cheap when it already is. */
  persist(desired: DesiredState, structure: Structure): Promise<void>;
  /**
   * Carries `plan` out. Without a reload `structure` is the one that gives the servers their line; the file is written only
   * when the balancer runs it (`writeFile`): a file of another structure might not even start.
   */
  apply(plan: Plan, structure: Structure, writeFile: boolean, signal: AbortSignal): Promise<ApplyResult>;
  /**
   * Ends the requests that are still open on one server, for servers that hang. False = not yet, because requests on other
   * servers would end too: ask again.
   */
  cut(backend: string, server: string, signal: AbortSignal): Promise<boolean>;
  /** Work of its own beside the calls, such as health checks, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}
