import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MusterError } from '@muster/membership';
import type { StopStep } from './process-spec.js';

export const BALANCER_NAMES = ['haproxy', 'nginx'] as const;

export type BalancerName = (typeof BALANCER_NAMES)[number];

/** Debian keeps daemons in the sbin folders, which are missing from an ordinary user's PATH. */
const SBIN = ['/usr/local/sbin', '/usr/sbin'];

/** What `muster up` has to know of a balancer's program. */
export interface BalancerKind {
  readonly name: BalancerName;
  /** For people. */
  readonly label: string;
  /** The setting that names the program. */
  readonly setting: 'HAPROXY_BIN' | 'NGINX_BIN';
  /** How it is started on the config that `main.js prepare` wrote into the watcher's RUN_DIR. */
  readonly args: (runDir: string) => readonly string[];
  /** The socket in RUN_DIR that accepts connections once it runs. */
  readonly socket: string;
  /** Ends it after the requests in flight; SIGTERM ends it at once. */
  readonly gracefulStop: NodeJS.Signals;
  /** How workers end whose master was killed; null = by themselves. */
  readonly leftBehind: StopStep | null;
}

const KINDS: Readonly<Record<BalancerName, BalancerKind>> = {
  haproxy: {
    name: 'haproxy',
    label: 'HAProxy',
    setting: 'HAPROXY_BIN',
    args: (runDir) => ['-W', '-S', join(runDir, 'master.sock'), '-f', join(runDir, 'haproxy.cfg')],
    socket: 'master.sock',
    gracefulStop: 'SIGUSR1',
    leftBehind: null,
  },
  nginx: {
    name: 'nginx',
    label: 'NGINX',
    setting: 'NGINX_BIN',
    args: (runDir) => ['-e', 'stderr', '-c', join(runDir, 'nginx.conf')],
    socket: 'nginx.sock',
    gracefulStop: 'SIGQUIT',
    // They serve on, and keep the ports from the next master, which tries to get them for 2.5 s.
    leftBehind: { signal: 'SIGQUIT', waitMs: 10_000 },
  },
};

/** A balancer whose program was found. */
export interface BalancerProgram extends BalancerKind {
  readonly path: string;
}

/**
 * The balancer that the option, or else BALANCER, names: HAProxy unless one does.
 * @throws `balancer-unknown`, `balancer-unfit`, `balancer-missing`.
 */
export function findBalancer(option: string | undefined, env: NodeJS.ProcessEnv): BalancerProgram {
  const name = option || env.BALANCER || 'haproxy';
  const kind = Object.values(KINDS).find((one) => one.name === name);
  if (!kind)
    throw new MusterError(
      'balancer-unknown',
      `${JSON.stringify(name)} is no balancer that Muster knows. Give --balancer, or BALANCER, as ${BALANCER_NAMES.join(' or ')}`,
    );
  if (name === 'nginx' && process.platform !== 'linux')
    throw new MusterError(
      'balancer-unfit',
      `NGINX needs Linux, whose /proc tells the requests that are open; this is ${process.platform}. Use --balancer haproxy, or containers (BALANCER=nginx docker compose up)`,
    );
  const path = findProgram(kind, env);
  if (path !== null) return { ...kind, path };
  throw new MusterError('balancer-missing', whyMissing(kind, env));
}

/** The path of a balancer's program, or null: its setting, else the PATH and the sbin folders. */
export function findProgram({ name, setting }: Pick<BalancerKind, 'name' | 'setting'>, env: NodeJS.ProcessEnv) {
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...SBIN];
  const named = env[setting];
  const candidates = named ? [named] : folders.map((folder) => join(folder, name));
  return candidates.find(isExecutable) ?? null;
}

export function kindOf(name: BalancerName): BalancerKind {
  return KINDS[name];
}

/** What is wrong, and what to do about it. */
function whyMissing({ name, label, setting }: BalancerKind, env: NodeJS.ProcessEnv): string {
  const looked = env[setting]
    ? `${setting} is ${env[setting]}, which is no executable file`
    : `${label} was chosen, and there is no ${name} on the PATH`;
  return `${looked}. Install it (Debian, Ubuntu: sudo apt-get install ${name}; macOS: brew install ${name}), or set ${setting}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
