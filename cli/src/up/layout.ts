import { hostname } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PORTS } from '../default-ports.js';
import type { Claim } from './claim.js';
import { LOOPBACK } from './ports.js';
import type { Programs, RegistryChoice } from './preflight.js';
import type { ProcessSpec } from './process-spec.js';
import type { RunOnceOptions } from './run-once.js';

const PREPARE_TIMEOUT_MS = 15_000;

/** Drain (10 s) and the app's own stop (10 s) have their deadlines in the agent: this one is for an agent that hangs. */
const MEMBER_STOP_MS = 28_000;

/** Everything that the processes of one cluster are derived from. */
export interface Layout {
  readonly claim: Pick<Claim, 'dir' | 'ports'>;
  readonly programs: Programs;
  readonly registry: RegistryChoice;
  readonly service: string;
  /** The user's own app; empty = the sample webapp. */
  readonly appCommand: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The id of the n-th member. Clusters that share a Consul must not share ids. */
export function memberId({ service, registry, claim }: Layout, number: number): string {
  const shared = registry.kind === 'consul' && claim.ports.api !== DEFAULT_PORTS.api;
  return shared ? `${service}-${claim.ports.api}-${number}` : `${service}-${number}`;
}

export function balancerSpec(layout: Layout): ProcessSpec {
  const { name, label, path, args, gracefulStop, leftBehind } = layout.programs.balancer;
  const env = watcherEnv(layout);
  const logFile = logOf(layout, name);
  const prepare = [process.execPath, layout.programs.watcher, 'prepare'] as const;
  return {
    name,
    rank: 'service',
    command: [path, ...args(layout.claim.dir.ha)],
    env,
    logFile,
    // Also before a restart: it starts from what the watcher knew last.
    prepare: {
      task: `write the first config of ${label}`,
      command: prepare,
      env,
      logFile,
      timeoutMs: PREPARE_TIMEOUT_MS,
    },
    stopSteps: [
      { signal: gracefulStop, waitMs: 3_000 },
      { signal: 'SIGTERM', waitMs: 2_000 },
    ],
    ...(leftBehind === null ? {} : { leftBehind }),
  };
}

/** Takes the balancer's entry out of a registry that outlives the cluster; null where it does not. */
export function departOf(layout: Layout): RunOnceOptions | null {
  if (layout.registry.kind === 'file') return null;
  const command = [process.execPath, layout.programs.watcher, 'depart'] as const;
  const logFile = logOf(layout, 'watcher');
  return { task: 'leave the registry', command, env: watcherEnv(layout), logFile, timeoutMs: 3_000 };
}

export function watcherSpec(layout: Layout): ProcessSpec {
  return {
    name: 'watcher',
    rank: 'service',
    command: [process.execPath, layout.programs.watcher],
    env: watcherEnv(layout),
    logFile: logOf(layout, 'watcher'),
    stopSteps: [{ signal: 'SIGTERM', waitMs: 5_000 }],
  };
}

export function memberSpec(layout: Layout, id: string, port: number): ProcessSpec {
  const { programs, claim, service } = layout;
  const app = layout.appCommand.length > 0 ? layout.appCommand : [process.execPath, programs.webapp];
  return {
    name: id,
    rank: 'member',
    command: [process.execPath, programs.muster, 'agent', '--', ...app],
    env: {
      ...sharedEnv(layout),
      SERVICE: service,
      MEMBER_ID: id,
      MEMBER_ADDRESS: LOOPBACK,
      HOST: LOOPBACK,
      PORT: String(port),
      SESSION_SECRET_FILE: claim.dir.sessionSecret,
    },
    logFile: logOf(layout, id),
    hasOffspring: true,
    // The agent ends with 0 after an operator's `leave`: that is meant to last.
    isFinal: ({ code }) => code === 0,
    stopSteps: [{ signal: 'SIGTERM', waitMs: MEMBER_STOP_MS }],
  };
}

function watcherEnv(layout: Layout): NodeJS.ProcessEnv {
  const { claim, programs, service, env } = layout;
  return {
    ...sharedEnv(layout),
    SERVICES: env.SERVICES ?? service,
    BALANCER: programs.balancer.name,
    BALANCER_ID: env.BALANCER_ID ?? balancerId(claim.ports.api),
    [programs.balancer.setting]: programs.balancer.path,
    BIND: `${LOOPBACK}:${claim.ports.public}`,
    STATS_BIND: `${LOOPBACK}:${claim.ports.stats}`,
    API_BIND: `${LOOPBACK}:${claim.ports.api}`,
    RUN_DIR: claim.dir.ha,
    STATE_DIR: claim.dir.state,
  };
}

function sharedEnv({ env, registry, claim }: Layout): NodeJS.ProcessEnv {
  return {
    ...env,
    REGISTRY: registry.kind,
    REGISTRY_DIR: claim.dir.registry,
    MEMBER_CIDRS: env.MEMBER_CIDRS || '127.0.0.0/8',
  };
}

/** The host's name in the characters that ids may have, and the port that tells clusters of one host apart. */
function balancerId(apiPort: number): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '');
  return `${host.slice(0, 100) || 'local'}-${apiPort}`;
}

function logOf({ claim }: Layout, name: string): string {
  return join(claim.dir.log, `${name}.log`);
}
