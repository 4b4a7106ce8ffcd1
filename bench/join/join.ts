import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Cluster } from '../../test/support/cluster.js';
import { type ClusterRegistry, consulRegistry, fileRegistry } from '../../test/support/cluster-registry.js';
import { chooseHaproxies, type Haproxy, machine, versionOf } from '../haproxies.js';
import { startMembers } from '../members.js';
import type { BenchOptions } from '../options.js';
import { requireTool } from '../require-tool.js';
import type { Teardown } from '../teardown.js';
import { consulBench } from './consul.js';
import { filesBench } from './files.js';
import { createJoiner, type Joiner, type JoinSteps } from './joiner.js';
import type { BenchRegistry } from './registry.js';
import { reportJoin, reportSteps } from './report.js';

const STEP_RUNS = 30;

/** Measures each HAProxy in turn. True when every promise was kept. */
export async function benchJoin(options: BenchOptions, teardown: Teardown): Promise<boolean> {
  console.log(`join: ${machine()}`);
  let kept = true;
  for (const haproxy of chooseHaproxies(options.haproxy)) {
    kept = (await measure(haproxy, options, teardown)) && kept;
    await teardown.run();
  }
  return kept;
}

async function measure(haproxy: Haproxy, options: BenchOptions, teardown: Teardown): Promise<boolean> {
  const { registry, joiner } = await stage(haproxy, options, teardown);
  const floors: number[] = [];
  const products: number[] = [];
  for (let pair = -options.warmUp; pair < options.pairs; pair += 1) {
    const floor = await joiner.floor();
    const product = await joiner.product();
    if (pair < 0) continue;
    floors.push(floor);
    products.push(product);
  }
  const kept = reportJoin({ haproxy: haproxy.version, registry: registry.title, floors, products });
  if (options.steps) reportSteps(await stepRuns(joiner));
  return kept;
}

async function stepRuns(joiner: Joiner): Promise<JoinSteps[]> {
  const runs: JoinSteps[] = [];
  while (runs.length < STEP_RUNS) runs.push(await joiner.steps());
  return runs;
}

/** The real watcher and the real HAProxy, as a user runs them, with nobody in the registry but us. */
async function stage(
  haproxy: Haproxy,
  options: BenchOptions,
  teardown: Teardown,
): Promise<{ registry: BenchRegistry; joiner: Joiner }> {
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
    () => Cluster.start({ registry: store, haproxyBin: haproxy.path, members: 0, env }),
    (one) => one.stop(),
  );
  const members = await teardown.start(
    () => startMembers(haproxy.path, 2, cluster.runDir),
    (one) => one.stop(),
  );
  const [standingPort = 0, newcomerPort = 0] = members.ports;
  return { registry, joiner: await createJoiner({ cluster, registry, standingPort, newcomerPort }) };
}

function benchRegistry(store: ClusterRegistry, consulBin: string | null): BenchRegistry {
  if (store.consul === null || consulBin === null) return filesBench(store.dir ?? '');
  return consulBench(store.consul.address, versionOf(consulBin));
}

function profiling(dir: string | null): Record<string, string> {
  if (dir === null) return {};
  mkdirSync(dir, { recursive: true });
  const preload = new URL('./cpu-prof.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, BENCH_PROFILE_DIR: resolve(dir) };
}
