import { MusterError, monotonicMs, sleep } from '@muster/membership';
import type { ApiClient } from './api-client.js';
import type { Subcommand } from './command.js';
import { connect, DEFAULT_API_PORT, namedApi, withApiOption } from './connection.js';
import { listRunDirs, type RunDir } from './run-dir.js';
import { askControl, type ClusterState } from './up/control-client.js';
import { ownerState } from './up/owner.js';
import { parseScale } from './up/scale-limit.js';

const JOIN_DEADLINE_MS = 30_000;

/** `muster scale N`: asks the local cluster's `up` for N members and waits until they serve. */
export const scale: Subcommand = (program, { env, print }) => {
  withApiOption(program.command('scale').description('change the number of members of the local cluster'))
    .argument('<count>', 'how many members there shall be, 0–100')
    .action(async (text: string, options: { readonly api?: string }) => {
      const count = parseScale(text);
      const { apiPort, dir } = findCluster(options.api, env);
      const state = await askControl(dir.controlSocket, { scale: count });
      if (state.wanted !== count)
        return print(`${state.service}: a later \`muster scale ${state.wanted}\` replaced this one`);
      const api = connect(`http://127.0.0.1:${apiPort}`, env);
      const serving = await waitUntilServing(api, state);
      print(`${state.service}: ${serving} of ${count} members serve`);
    });
};

/**
 * The cluster with the API port that the user named, else the one on the default port, else the only one.
 * @throws `cluster-unknown`, with those there are.
 */
export function findCluster(
  option: string | undefined,
  env: NodeJS.ProcessEnv,
): { readonly apiPort: number; readonly dir: RunDir } {
  const live = listRunDirs(env).filter(({ dir }) => ownerState(dir) === 'runs');
  const named = namedApi(option, env);
  const port = named ? Number(named.port || 80) : DEFAULT_API_PORT;
  const found = live.find(({ apiPort }) => apiPort === port);
  if (found) return found;
  const only = live[0];
  if (!named && only && live.length === 1) return only;
  const others = live.map(({ apiPort }) => `http://127.0.0.1:${apiPort}`).join(', ');
  const advice = others ? `name one with --api or MUSTER_API: ${others}` : 'is `npm start` running?';
  throw new MusterError('cluster-unknown', `there is no local cluster with its API on port ${port}: ${advice}`);
}

async function waitUntilServing(api: ApiClient, state: ClusterState): Promise<number> {
  const wanted = new Set(state.members.map((member) => member.id));
  const end = monotonicMs() + JOIN_DEADLINE_MS;
  for (;;) {
    const members = await api.members().catch(() => []);
    const serving = members.filter(
      (member) => wanted.has(member.id) && member.status === 'alive' && member.server?.health === 'up',
    );
    if (serving.length === wanted.size) return serving.length;
    if (monotonicMs() > end) {
      const message = `only ${serving.length} of ${wanted.size} members serve after ${JOIN_DEADLINE_MS / 1000} s: see \`muster members\` and ${state.log}`;
      throw new MusterError('scale-incomplete', message);
    }
    await sleep(50);
  }
}
