import type { ClusterRegistry } from './cluster-registry.js';

export const SERVICE = 'webapp';

/** A balancer's program. */
export interface BalancerProgram {
  readonly name: 'haproxy' | 'nginx';
  readonly bin: string;
}

/** What a cluster of the tests is made of. */
export interface ClusterOptions {
  readonly registry: ClusterRegistry;
  readonly balancer: BalancerProgram;
  readonly members: number;
  /** `webapp` is the sample app; `echo` writes down every request that reached it. */
  readonly app?: 'webapp' | 'echo';
  /** For the watcher. */
  readonly env?: Readonly<Record<string, string>>;
  /** For each member: agent and app. */
  readonly memberEnv?: Readonly<Record<string, string>>;
}
