import { join } from 'node:path';
import type { ClusterOptions } from './cluster-options.js';
import { freePort } from './ports.js';
import { RunningProcess } from './processes.js';

/** An agent and the app it runs. */
export interface ClusterMember {
  readonly id: string;
  readonly port: number;
  readonly process: RunningProcess;
}

const ports = new Map<string, number>();

/** Starts one member as a user would: `agent -- app`, in a process group of its own; without a port on that of before. */
export async function startMember(
  root: string,
  runDir: string,
  id: string,
  options: ClusterOptions,
  givenPort?: number,
): Promise<ClusterMember> {
  const key = `${runDir} ${id}`;
  const port = givenPort ?? ports.get(key) ?? (await freePort());
  ports.set(key, port);
  const echo = options.app === 'echo';
  const app = join(root, echo ? 'test/support/apps/echo-app.mjs' : 'webapp/dist/main.js');
  const running = new RunningProcess({
    name: id,
    command: process.execPath,
    args: [join(root, 'membership/dist/agent/bin.js'), '--', process.execPath, app],
    env: memberEnv(runDir, id, port, options),
    logFile: join(runDir, 'logs', `${id}.log`),
  });
  return { id, port, process: running };
}

/** Where echo apps write down what reached them. */
export function accessLog(runDir: string): string {
  return join(runDir, 'logs', 'access.log');
}

function memberEnv(runDir: string, id: string, port: number, options: ClusterOptions): Record<string, string> {
  return {
    LOG_LEVEL: 'info',
    SERVICE: 'webapp',
    MEMBER_ID: id,
    MEMBER_ADDRESS: '127.0.0.1',
    MEMBER_CIDRS: '127.0.0.0/8',
    HOST: '127.0.0.1',
    PORT: String(port),
    SESSION_SECRET: 'only-for-tests-on-loopback',
    ACCESS_LOG: accessLog(runDir),
    ...options.registry.env(),
    ...options.memberEnv,
  };
}
