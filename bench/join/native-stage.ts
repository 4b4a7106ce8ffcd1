import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { titleOf } from '../../test/support/balancer-can.js';
import { Cluster } from '../../test/support/cluster.js';
import { SERVICE } from '../../test/support/cluster-options.js';
import { type ClusterRegistry, consulRegistry, fileRegistry } from '../../test/support/cluster-registry.js';
import type { Balancer } from '../balancers.js';
import { startMembers } from '../members.js';
import type { BenchOptions } from '../options.js';
import { requireTool } from '../require-tool.js';
import type { Teardown } from '../teardown.js';
import { consulBench } from './consul.js';
import { filesBench } from './files.js';
import { createJoiner } from './joiner.js';
import type { BenchRegistry } from './registry.js';
import type { JoinStage } from './stage.js';

/** With Consul, on HAProxy 3.0 and later. */
const PROMISE = { p50: 3, p99: 5 } as const;
const STANDING = 'standing';

/** The real watcher and the real balancer, as a user runs them, with nobody in the registry but us. */
export async function nativeStage(balancer: Balancer, options: BenchOptions, teardown: Teardown): Promise<JoinStage> {
  const consulBin = options.registry === 'consul' ? requireTool('consul') : null;
  const store = await teardown.start(
    async () => (consulBin === null ? fileRegistry() : consulRegistry(consulBin)),
    (one) => one.stop(),
  );
  const registry = benchRegistry(store, consulBin);
  await teardown.start(
    async () => registry,
    (one) => one.close(),
  );
  // One member after the other leaves without an announcement: the guard would take that for a fault of the registry.
  const env = { LOG_LEVEL: 'info', SHRINK_LIMIT: '1', ...profiling(options.cpuProf) };
  const cluster = await teardown.start(
    () => Cluster.start({ registry: store, balancer, members: 0, env }),
    (one) => one.stop(),
  );
  const members = await teardown.start(
    () => startMembers(requireTool('haproxy'), 2, cluster.runDir),
    (one) => one.stop(),
  );
  const [standing, newcomer] = members.ports.map((port) => ({ address: '127.0.0.1', port }));
  if (standing === undefined || newcomer === undefined) throw new Error('no members');
  await registry.join(SERVICE, STANDING, standing);
  const publicPort = Number(new URL(cluster.url).port);
  const joiner = await createJoiner({ cluster, publicPort, registry, standing: STANDING, newcomer });
  return { balancer: titleOf(balancer), registry, joiner, promise: PROMISE };
}

function benchRegistry(store: ClusterRegistry, consulBin: string | null): BenchRegistry {
  if (store.consul === null || consulBin === null) return filesBench(store.dir ?? '');
  return consulBench(store.consul.address, versionOfConsul(consulBin));
}

/** Of `consul -v`, whose first line holds it. */
function versionOfConsul(bin: string): string {
  const output = execFileSync(bin, ['-v'], { encoding: 'utf8' });
  return /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1] ?? 'unknown';
}

function profiling(dir: string | null): Record<string, string> {
  if (dir === null) return {};
  mkdirSync(dir, { recursive: true });
  const preload = new URL('./cpu-prof.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, BENCH_PROFILE_DIR: resolve(dir) };
}
