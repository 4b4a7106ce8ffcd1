import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { socketCommand } from '../../test/support/cluster-haproxy.js';
import { SERVICE } from '../../test/support/cluster-options.js';
import { addressOn, inspect } from '../../test/support/docker/container.js';
import { startContainers } from '../containers/containers.js';
import { membersConfig } from '../members.js';
import type { Teardown } from '../teardown.js';
import { consulBench } from './consul.js';
import { plainHttp } from './http.js';
import { createJoiner } from './joiner.js';
import type { BenchRegistry } from './registry.js';
import type { JoinStage } from './stage.js';

const PROMISE = { p50: 4, p99: 5 } as const;
const STANDING = 'standing';
const PORTS = { standing: 9001, newcomer: 9002 } as const;
const ADDITIONS = fileURLToPath(new URL('./containers.yml', import.meta.url));

/** The product's containers, seen from this host: balancer and Consul through their published ports. */
export async function containerStage(teardown: Teardown): Promise<JoinStage> {
  const members = await teardown.start(
    async () => membersFolder(),
    (dir) => rmSync(dir, { recursive: true }),
  );
  const env = {
    BENCH_MEMBERS: join(members, 'members.cfg'),
    LOG_LEVEL: 'info',
    // One member after the other leaves without an announcement: the guard would take that for a fault of the registry.
    SHRINK_LIMIT: '1',
  };
  // No webapp: probing would load it, and on few cores what is measured too.
  const cluster = await startContainers({ webapps: 0, additions: ADDITIONS, env }, teardown);
  const { ports } = cluster.project;
  const registry = await teardown.start(
    () => openRegistry(`127.0.0.1:${ports.consul}`),
    (one) => one.close(),
  );
  const address = addressOn(await inspect(await cluster.container('members')), 'apps');
  if (address === null) throw new Error('the members are not on the network of the apps');
  await registry.join(SERVICE, STANDING, { address, port: PORTS.standing });
  const newcomer = { address, port: PORTS.newcomer };
  const joiner = await createJoiner({ cluster, publicPort: ports.public, registry, standing: STANDING, newcomer });
  return { balancer: `HAProxy ${await haproxyVersion(cluster.runDir)}`, registry, joiner, promise: PROMISE };
}

/** Its owner is we, and the container's user is not. */
function membersFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  writeFileSync(join(dir, 'members.cfg'), membersConfig(Object.values(PORTS), ''), { mode: 0o644 });
  return dir;
}

async function openRegistry(address: string): Promise<BenchRegistry> {
  const http = plainHttp(address);
  const { body } = await http.send('GET', 'agent/self').finally(() => http.close());
  const { Config } = JSON.parse(body) as { Config: { Version: string } };
  return consulBench(address, `${Config.Version}, in containers`);
}

async function haproxyVersion(runDir: string): Promise<string> {
  const info = await socketCommand(join(runDir, 'haproxy.sock'), 'show info');
  return /^Version: (\d+\.\d+\.\d+)/m.exec(info)?.[1] ?? 'unknown';
}
