import type { ClusterRegistry } from './cluster-registry.js';

export const SERVICE = 'webapp';

/** What a cluster of the tests is made of. */
export interface ClusterOptions {
  readonly registry: ClusterRegistry;
  readonly haproxyBin: string;
  readonly members: number;
  /** `webapp` is the sample app; `echo` writes down every request that reached it. */
  readonly app?: 'webapp' | 'echo';
  /** For the watcher. */
  readonly env?: Readonly<Record<string, string>>;
  /** For each member: agent and app. */
  readonly memberEnv?: Readonly<Record<string, string>>;
}
