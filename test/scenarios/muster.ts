import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { runTool } from '../support/docker/docker.js';
import { ROOT } from '../support/docker/project.js';

const CLI = ['--import', import.meta.resolve('tsx'), '--conditions=muster-source', `${ROOT}cli/src/main.ts`] as const;

/** Runs `npx muster …` from the sources, with the address and the token of the cluster; what it printed. */
export function muster(cluster: ComposeCluster, args: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH ?? '',
    MUSTER_API: cluster.api.base,
    MUSTER_TOKEN_FILE: `${cluster.runDir}/token`,
  };
  return runTool(process.execPath, [...CLI, ...args], { env, deadlineMs: 20_000 });
}
