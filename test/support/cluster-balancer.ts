import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as haproxy from './cluster-haproxy.js';
import * as nginx from './cluster-nginx.js';
import type { BalancerProgram } from './cluster-options.js';

/** What can be seen of a balancer that runs, whichever it is. */
export interface BalancerSeen {
  /** Its config file. */
  readonly file: string;
  runningServers(): Promise<haproxy.ServerSeen[]>;
  configServers(): haproxy.ServerSeen[];
  workerPid(): Promise<number>;
}

/** How its supervisor starts a balancer. */
export function balancerArgs(name: BalancerProgram['name'], runDir: string): readonly string[] {
  if (name === 'nginx') return ['-e', 'stderr', '-c', join(runDir, 'nginx.conf')];
  return ['-W', '-S', join(runDir, 'master.sock'), '-f', join(runDir, 'haproxy.cfg')];
}

/** The balancer whose config lies in this run directory. */
export function balancerIn(runDir: string): BalancerSeen {
  const isNginx = existsSync(join(runDir, 'nginx.conf'));
  const [file, socket, eyes] = isNginx
    ? [join(runDir, 'nginx.conf'), join(runDir, 'nginx.sock'), nginx]
    : [join(runDir, 'haproxy.cfg'), join(runDir, 'haproxy.sock'), haproxy];
  return {
    file,
    runningServers: () => eyes.runningServers(socket),
    configServers: () => eyes.configServers(file),
    workerPid: () => eyes.workerPid(socket),
  };
}
