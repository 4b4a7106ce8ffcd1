import { execFileSync } from 'node:child_process';
import { findHaproxies, requireBinary } from './binaries.js';
import { Cluster } from './cluster.js';
import type { ClusterOptions } from './cluster-options.js';
import { consulRegistry, fileRegistry } from './cluster-registry.js';
import { killLoads } from './load.js';

/** Long forms of the scenarios, and the assertions about time, which mean nothing on a busy machine. */
export const FULL = process.env.MUSTER_FULL === '1';

/** Where a suite runs. */
export interface Combination {
  readonly registry: 'file' | 'consul';
  /** null: the HAProxy of this machine. */
  readonly haproxyBin: string | null;
}

export interface ClusterSuite extends Omit<ClusterOptions, 'registry' | 'haproxyBin'> {
  /**
   * `balancers`: Consul with the HAProxy of this machine, and files with the newest one that is found; in the long form also
   * files with the former, and every other HAProxy, the registries in turn.
   */
  readonly on: 'consul' | 'registries' | 'balancers';
  /** For one test; clusters take their time. */
  readonly timeoutMs?: number;
}

/** Describes the same suite for each combination; each gets one cluster, started before its first test. */
export function describeClusters(
  title: string,
  suite: ClusterSuite,
  tests: (cluster: () => Cluster, combination: Combination) => void,
): void {
  for (const combination of combinations(suite.on)) {
    describe(`${title} [${label(combination)}]`, function () {
      this.timeout(suite.timeoutMs ?? 60_000);
      let cluster: Cluster | null = null;
      before(async function () {
        const haproxyBin = combination.haproxyBin ?? requireBinary(this, 'haproxy');
        const consulBin = combination.registry === 'consul' ? requireBinary(this, 'consul') : null;
        const registry = consulBin === null ? fileRegistry() : await consulRegistry(consulBin);
        cluster = await Cluster.start({ ...suite, registry, haproxyBin });
      });
      afterEach(function () {
        killLoads();
        if (this.currentTest?.state === 'failed') console.error(cluster?.logTails());
      });
      after(async () => cluster?.stop());
      tests(() => {
        if (cluster === null) throw new Error('the cluster was not started');
        return cluster;
      }, combination);
    });
  }
}

function combinations(on: ClusterSuite['on']): Combination[] {
  const consul = { registry: 'consul', haproxyBin: null } as const;
  if (on === 'consul') return [consul];
  const both: Combination[] = [{ registry: 'file', haproxyBin: null }, consul];
  if (on === 'registries') return both;
  const others = findHaproxies().slice(1);
  const newest = others.at(-1);
  if (!FULL && newest !== undefined) return [consul, { registry: 'file', haproxyBin: newest }];
  return [
    ...both,
    ...others.map((haproxyBin, i) => ({ registry: i % 2 === 0 ? 'file' : 'consul', haproxyBin }) as const),
  ];
}

function label({ registry, haproxyBin }: Combination): string {
  return haproxyBin === null ? registry : `${registry}, haproxy ${version(haproxyBin)}`;
}

function version(bin: string): string {
  return /version (\d+\.\d+)/.exec(execFileSync(bin, ['-v'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
}

/** Figures of a scenario, printed below its test: measured everywhere, judged only in the long form. */
export function printFigures(figures: Readonly<Record<string, string | number>>): void {
  const parts = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`,
  );
  console.log(`      · ${parts.join(' · ')}`);
}
