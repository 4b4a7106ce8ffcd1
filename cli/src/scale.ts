import { MusterError } from '@muster/membership';
import type { Subcommand } from './command.js';
import { composeApiPort } from './compose.js';
import { connect, namedApi, withApiOption } from './connection.js';
import { DEFAULT_PORTS } from './default-ports.js';
import { listRunDirs, type RunDir } from './run-dir.js';
import { untilServing } from './serving.js';
import { askControl } from './up/control-client.js';
import { ownerState } from './up/owner.js';
import { parseScale } from './up/scale-limit.js';

const JOIN_DEADLINE_MS = 30_000;

/** `muster scale N`: asks the local cluster's `up` for N members and waits until they serve. */
export const scale: Subcommand = (program, { env, print }) => {
  withApiOption(program.command('scale').description('change the number of members of the local cluster'))
    .argument('<count>', 'how many members there shall be, 0–100')
    .action(async (text: string, options: { readonly api?: string }) => {
      const count = parseScale(text);
      const { apiPort, dir } = await findClusterOrSay(count, options.api, env);
      const state = await askControl(dir.controlSocket, { scale: count });
      if (state.wanted !== count)
        return print(`${state.service}: a later \`muster scale ${state.wanted}\` replaced this one`);
      const api = connect(`http://127.0.0.1:${apiPort}`, env);
      const ids = state.members.map((member) => member.id);
      const task = `scale to ${count} (the logs are in ${state.log})`;
      await untilServing(api, { task, ids, deadlineMs: JOIN_DEADLINE_MS }, new AbortController().signal);
      print(`${state.service}: ${ids.length} of ${count} members serve`);
    });
};

/** @throws `cluster-unknown`, or `cluster-in-containers` where Compose is who scales. */
async function findClusterOrSay(count: number, option: string | undefined, env: NodeJS.ProcessEnv) {
  try {
    return findCluster(option, env);
  } catch (thrown) {
    const named = namedApi(option, env);
    const port = await composeApiPort(env);
    if (port === null || (named && Number(named.port || 80) !== port)) throw thrown;
    const command = `docker compose up -d --scale webapp=${count}`;
    throw new MusterError('cluster-in-containers', `the cluster runs in containers, which Compose scales: ${command}`);
  }
}

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
  const port = named ? Number(named.port || 80) : DEFAULT_PORTS.api;
  const found = live.find(({ apiPort }) => apiPort === port);
  if (found) return found;
  const only = live[0];
  if (!named && only && live.length === 1) return only;
  const others = live.map(({ apiPort }) => `http://127.0.0.1:${apiPort}`).join(', ');
  const advice = others ? `name one with --api or MUSTER_API: ${others}` : 'is `npm start` running?';
  throw new MusterError('cluster-unknown', `there is no local cluster with its API on port ${port}: ${advice}`);
}
