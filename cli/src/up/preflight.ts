import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorMessage, MusterError, type RegistryConfig, readRegistryConfig, withDeadline } from '@muster/membership';
import { type BalancerProgram, findBalancer } from './balancer.js';

const CONSUL_TIMEOUT_MS = 3_000;

/** The programs that a cluster is made of. */
export interface Programs {
  readonly balancer: BalancerProgram;
  readonly watcher: string;
  readonly webapp: string;
  readonly muster: string;
}

/** @throws `not-built`, and what `findBalancer` throws; `balancer` is what the user named, if anything. */
export function findPrograms(balancer: string | undefined, env: NodeJS.ProcessEnv): Programs {
  try {
    return {
      balancer: findBalancer(balancer, env),
      watcher: built('@muster/ha/main'),
      webapp: built('@muster/webapp/main'),
      muster: fileURLToPath(new URL('../main.js', import.meta.url)),
    };
  } catch (cause) {
    if (!(cause instanceof MusterError)) throw cause;
    throw new MusterError(cause.code, `cannot start a cluster: ${cause.message}`, { cause });
  }
}

function built(specifier: string): string {
  const path = fileURLToPath(import.meta.resolve(specifier));
  if (existsSync(path)) return path;
  throw new MusterError('not-built', `${path} does not exist. Run \`npm run build\` first`);
}

/** Which registry the cluster uses, as settings for its processes. */
export interface RegistryChoice {
  readonly kind: 'file' | 'consul';
  /** For people: `the file registry`, `Consul on 127.0.0.1:8500`. */
  readonly label: string;
}

/**
 * The registry that the settings name, as the cluster's processes will read them. Consul must answer.
 * @throws `config-invalid` that lists every fault, or `consul-unreachable`.
 */
export async function chooseRegistry(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<RegistryChoice> {
  // The cluster gives its processes a directory of its own, which is made later.
  const { registry: kind, consul } = readRegistryConfig({ ...env, REGISTRY_DIR: 'given to each process' });
  if (consul === null) return { kind, label: 'file registry' };
  const shown = consul.text.replace(/^http:\/\//, '');
  const problem = await whyConsulFails(consul, signal);
  if (problem === null) return { kind, label: `Consul on ${shown}` };
  throw new MusterError(
    'consul-unreachable',
    `cannot use Consul on ${shown} (CONSUL_HTTP_ADDR): ${problem}. Start it, or unset CONSUL_HTTP_ADDR to use the file registry`,
  );
}

type Consul = NonNullable<RegistryConfig['consul']>;

async function whyConsulFails(consul: Consul, signal: AbortSignal): Promise<string | null> {
  try {
    return await withDeadline(CONSUL_TIMEOUT_MS, signal, (deadline) => askForLeader(consul, deadline));
  } catch (thrown) {
    signal.throwIfAborted();
    return `it does not answer (${errorMessage(thrown instanceof Error ? (thrown.cause ?? thrown) : thrown)})`;
  }
}

/** Null when Consul knows its leader, else what is wrong with its answer. */
async function askForLeader({ text, token }: Consul, signal: AbortSignal): Promise<string | null> {
  const headers: Record<string, string> = token === null ? {} : { 'x-consul-token': token.reveal() };
  const response = await fetch(new URL('/v1/status/leader', text), { headers, signal });
  if (!response.ok) return `it answered with status ${response.status}`;
  const leader: unknown = await response.json();
  return typeof leader === 'string' && leader ? null : 'it has no leader';
}
