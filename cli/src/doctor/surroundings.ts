import { errorMessage } from '@muster/membership';
import { connect, namedApi } from '../connection.js';
import { DEFAULT_PORTS } from '../default-ports.js';
import { askDocker } from '../docker.js';
import { listRunDirs } from '../run-dir.js';
import { ownerState } from '../up/owner.js';
import { chooseRegistry } from '../up/preflight.js';
import { countOf } from '../words.js';
import { type Finding, ok } from './finding.js';

const OLDEST_NODE = '20.19';
const API_DEADLINE_MS = 3_000;

export function examineNode(version: string): Finding {
  if (version.localeCompare(OLDEST_NODE, 'en', { numeric: true }) >= 0) return ok('node', `Node ${version}`);
  const advice = `install Node ${OLDEST_NODE} or later`;
  return { about: 'node', state: 'problem', found: `Node ${version}`, details: [], advice };
}

/** The registry that the settings name, asked. */
export async function examineRegistry(env: NodeJS.ProcessEnv): Promise<Finding> {
  try {
    const { kind, label } = await chooseRegistry(env, new AbortController().signal);
    const found = kind === 'file' ? 'a folder of files; CONSUL_HTTP_ADDR would name a Consul' : `${label} has a leader`;
    return ok('registry', found);
  } catch (thrown) {
    const advice = 'mend REGISTRY or CONSUL_HTTP_ADDR, or start that Consul';
    return { about: 'registry', state: 'problem', found: errorMessage(thrown), details: [], advice };
  }
}

/** The watcher whose API the user means. None is fine, unless one was named. */
export async function examineCluster(option: string | undefined, env: NodeJS.ProcessEnv): Promise<Finding> {
  const about = 'cluster';
  const where = namedApi(option, env)?.host ?? `127.0.0.1:${DEFAULT_PORTS.api}`;
  try {
    const status = await connect(option, env).status(AbortSignal.timeout(API_DEADLINE_MS));
    const { balancer, registry, inSync, problem, reloads } = status;
    const found = `${balancer.name} ${balancer.version} with API on ${where}, ${countOf(reloads, 'reload')}`;
    const faults = [
      problem ?? '',
      registry.reachable ? '' : `it does not reach its registry (${registry.name}), and serves the last good members`,
      inSync || problem !== null ? '' : 'the balancer does not equal the membership at this moment',
    ].filter(Boolean);
    if (faults.length === 0) return ok(about, `${found}, in sync`);
    const advice = '`muster status` and `muster plan` tell more';
    return { about, state: problem === null ? 'warning' : 'problem', found, details: faults, advice };
  } catch (thrown) {
    return noCluster(where, option ?? env.MUSTER_API, errorMessage(thrown), env);
  }
}

function noCluster(where: string, named: string | undefined, reason: string, env: NodeJS.ProcessEnv): Finding {
  const running = listRunDirs(env).filter(({ dir }) => ownerState(dir) === 'runs');
  const details = running.map(({ apiPort }) => `a local cluster has its API on 127.0.0.1:${apiPort} (MUSTER_API)`);
  if (!named) return ok('cluster', `none answers on ${where}; \`npm start\` runs one`, details);
  const advice = 'start it, or name another by --api or MUSTER_API';
  return { about: 'cluster', state: 'problem', found: reason, details, advice };
}

/** Needed for containers only. */
export async function examineDocker(env: NodeJS.ProcessEnv): Promise<Finding> {
  const client = await askDocker(['--version'], env);
  if (client === null) return ok('docker', 'not found; only containers need it');
  const [engine, compose] = await Promise.all([
    askDocker(['version', '--format', '{{.Server.Version}}'], env),
    askDocker(['compose', 'version', '--short'], env),
  ]);
  if (engine && compose) return ok('docker', `Docker Engine ${engine}, Compose ${compose}`);
  const found = engine ? `Docker Engine ${engine} without Compose` : `${client}, whose engine does not answer`;
  const advice = engine
    ? 'install the Compose plugin, 2.24 or later'
    : 'start the engine; without it there are no containers';
  return { about: 'docker', state: 'warning', found, details: [], advice };
}
