import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileRegistrar } from '@muster/membership';
import { Cluster } from '../../test/support/cluster.js';
import { fileRegistry } from '../../test/support/cluster-registry.js';
import { eventually } from '../../test/support/eventually.js';
import { freePort } from '../../test/support/ports.js';
import { RunningProcess } from '../../test/support/processes.js';
import type { Balancer } from '../balancers.js';
import { startMembers } from '../members.js';
import { requireTool } from '../require-tool.js';
import type { Teardown } from '../teardown.js';
import { type StaticSite, staticConfig } from './static-config.js';
import { staticNginxConfig } from './static-nginx-config.js';

const MEMBERS = 4;
/** Nobody beats here: the entries must stay alive without. */
const TTL_MS = 86_400_000;

/** The two balancers that are compared. Both run all the time; load goes to one of them at a time. */
export interface TaxStage {
  readonly cluster: Cluster;
  readonly byHandUrl: string;
  readonly byHand: RunningProcess;
}

export async function startStage(balancer: Balancer, teardown: Teardown): Promise<TaxStage> {
  const registry = await teardown.start(
    async () => fileRegistry(),
    (one) => one.stop(),
  );
  const cluster = await teardown.start(
    () => Cluster.start({ registry, balancer, members: 0, env: { LOG_LEVEL: 'info' } }),
    async (one) => {
      one.watcher.current.signal('SIGCONT');
      await one.stop();
    },
  );
  const { ports } = await teardown.start(
    () => startMembers(requireTool('haproxy'), MEMBERS, cluster.runDir),
    (one) => one.stop(),
  );
  await addMembers(cluster, registry.dir ?? '', ports);
  const byHandPort = await freePort();
  const byHandUrl = `http://127.0.0.1:${byHandPort}/`;
  const byHand = await startByHand(balancer, cluster.runDir, { port: byHandPort, memberPorts: ports }, teardown);
  for (const url of [cluster.url, byHandUrl]) await eventually(() => expectAll(url, ports), 10_000);
  return { cluster, byHandUrl, byHand };
}

/** After the balancer has started with none: on HAProxy at run time, which is what `add server` has to keep up with. */
async function addMembers(cluster: Cluster, dir: string, ports: readonly number[]): Promise<void> {
  const registrar = fileRegistrar({ dir, ttlMs: TTL_MS });
  const never = new AbortController().signal;
  const fixed = { service: 'webapp', address: '127.0.0.1', weight: 1, role: 'backend', boot: 'bench', tags: {} };
  for (const [index, port] of ports.entries()) await registrar.join({ ...fixed, id: `w${index + 1}`, port }, never);
  await cluster.expectServing(ports.map((_, index) => `w${index + 1}`));
  const byReload = cluster.options.balancer.name === 'nginx';
  // The balancer serves a moment before its watcher has counted.
  await eventually(async () =>
    assert.equal((await cluster.reloads()) > 0, byReload, 'whether the members came by a reload'),
  );
}

async function startByHand(
  { name, bin }: Balancer,
  dir: string,
  site: StaticSite,
  teardown: Teardown,
): Promise<RunningProcess> {
  const file = join(dir, 'by-hand.cfg');
  writeFileSync(file, name === 'nginx' ? staticNginxConfig(site, dir) : staticConfig(site));
  const args = name === 'nginx' ? ['-e', 'stderr', '-c', file] : ['-W', '-f', file];
  const logFile = join(dir, 'by-hand.log');
  return teardown.start(
    async () => new RunningProcess({ name: 'by-hand', command: bin, args, env: {}, logFile }),
    (one) => one.kill(),
  );
}

async function expectAll(url: string, ports: readonly number[]): Promise<void> {
  const seen = new Set<string | null>();
  for (let request = 0; request < 4 * ports.length; request += 1) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) });
    seen.add(answer.headers.get('x-backend'));
  }
  assert.deepEqual([...seen].sort(), ports.map(String).sort(), `members behind ${url}`);
}
