import { hasCookies, isLossless, oldestFirst } from './balancer-can.js';
import { findBalancers, requireBinary } from './binaries.js';
import { Cluster } from './cluster.js';
import type { BalancerProgram, ClusterOptions } from './cluster-options.js';
import { consulRegistry, fileRegistry } from './cluster-registry.js';
import { FULL } from './full.js';
import { killLoads, type LoadReport } from './load.js';
import { versionOf } from './program-version.js';

/** Where a suite runs. */
export interface Combination {
  readonly registry: 'file' | 'consul';
  readonly balancer: BalancerProgram['name'];
  /** null: the one of this machine. */
  readonly bin: string | null;
  /** The one in which even the short form takes its time: Consul with the HAProxy of this machine, and files in the long form. */
  readonly isMain: boolean;
  /** What its balancer can do: `balancer-can.ts`. */
  readonly isLossless: boolean;
  readonly hasCookies: boolean;
}

export interface ClusterSuite extends Omit<ClusterOptions, 'registry' | 'balancer'> {
  /**
   * `balancers`: Consul with the HAProxy of this machine, files with the newest NGINX. `versions`: Consul with the newest
   * HAProxy instead, for what its versions do differently. Both in the long form: every HAProxy and every NGINX, the
   * registries in turn. `registries`: as `balancers`, in the long form each registry with each balancer. `consul`: HAProxy,
   * in the long form NGINX too. `both`: Consul with either, in the short form too.
   */
  readonly on: 'consul' | 'both' | 'registries' | 'balancers' | 'versions';
  /** Leaves out where the suite asks what cannot be had, such as cookies of an older NGINX. */
  readonly where?: (combination: Combination) => boolean;
  /** For one test; clusters take their time. */
  readonly timeoutMs?: number;
}

/** Describes the same suite for each combination; each gets one cluster, started before its first test. */
export function describeClusters(
  title: string,
  suite: ClusterSuite,
  tests: (cluster: () => Cluster, combination: Combination) => void,
): void {
  for (const combination of combinations(suite.on).filter(suite.where ?? (() => true))) {
    describe(`${title} [${label(combination)}]`, function () {
      if (suite.timeoutMs !== undefined) this.timeout(suite.timeoutMs);
      let cluster: Cluster | null = null;
      before(async function () {
        const bin = combination.bin ?? requireBinary(this, combination.balancer);
        const consulBin = combination.registry === 'consul' ? requireBinary(this, 'consul') : null;
        const registry = consulBin === null ? fileRegistry() : await consulRegistry(consulBin);
        cluster = await Cluster.start({ ...suite, registry, balancer: { name: combination.balancer, bin } });
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
  const main = haproxy('consul', null, true);
  if (on === 'both') return [main, nginx('consul')];
  if (FULL) return allCombinations(on, main);
  if (on === 'consul') return [main];
  const newest = findBalancers('haproxy').slice(1).at(-1)?.bin ?? null;
  return [on === 'versions' ? haproxy('consul', newest) : main, nginx('file')];
}

function allCombinations(on: ClusterSuite['on'], main: Combination): Combination[] {
  if (on === 'consul') return [main, nginx('consul')];
  const both = [haproxy('file', null, true), main];
  if (on === 'registries') return [...both, nginx('file'), nginx('consul')];
  const others = findBalancers('haproxy').slice(1);
  return [
    ...both,
    ...others.map(({ bin }, i) => haproxy(i % 2 === 0 ? 'file' : 'consul', bin)),
    ...findBalancers('nginx').map(({ bin }, i) => nginx(i % 2 === 0 ? 'consul' : 'file', bin)),
  ];
}

function haproxy(registry: Combination['registry'], bin: string | null, isMain = false): Combination {
  return { registry, balancer: 'haproxy', bin, isMain, isLossless: true, hasCookies: true };
}

function nginx(registry: Combination['registry'], bin = newestNginx()): Combination {
  const can = (ask: (program: BalancerProgram) => boolean) => bin !== null && ask({ name: 'nginx', bin });
  const abilities = { isLossless: can(isLossless), hasCookies: can(hasCookies) };
  return { registry, balancer: 'nginx', bin, isMain: false, ...abilities };
}

/** null where there is none: the suite then says so. */
function newestNginx(): string | null {
  return oldestFirst(findBalancers('nginx')).at(-1)?.bin ?? null;
}

function label({ registry, balancer, bin }: Combination): string {
  if (bin !== null) return `${registry}, ${balancer} ${versionOf(bin)}`;
  return registry;
}

/**
 * No request failed. Where NGINX cannot keep idle connections over a reload, those that it reset may have: their number is
 * printed.
 */
export function assertLossless(report: LoadReport, { isLossless }: Combination): void {
  if (!isLossless) printFigures({ 'idle connections reset by reloads': report.idleResets.length, of: report.requests });
  (isLossless ? report : report.withoutIdleResets()).assertNoneFailed();
}

/** Figures of a scenario, printed below its test: measured everywhere, judged only in the long form. */
export function printFigures(figures: Readonly<Record<string, string | number>>): void {
  const parts = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`,
  );
  console.log(`      · ${parts.join(' · ')}`);
}
