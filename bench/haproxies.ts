import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { findHaproxies, findNginxes } from '../test/support/binaries.js';
import type { BalancerProgram } from '../test/support/cluster-options.js';
import { versionOf as versionOfBalancer } from '../test/support/program-version.js';
import type { BenchOptions } from './options.js';

/** A program of either balancer, where only one is meant. */
export interface Haproxy {
  readonly path: string;
  /** Such as `3.2.26`. */
  readonly version: string;
}

/** A balancer to measure. */
export interface Balancer extends BalancerProgram {
  /** Such as `1.30.6`. */
  readonly version: string;
}

/** `HAProxy 3.2.26`, `NGINX 1.30.6`. */
export function titleOf({ name, version }: Balancer): string {
  return `${name === 'nginx' ? 'NGINX' : 'HAProxy'} ${version}`;
}

/** Those of the one that `--balancer` names, else of both. */
export function chooseBalancers({ balancer, haproxy, nginx }: BenchOptions): Balancer[] {
  const named = (name: Balancer['name'], list: readonly Haproxy[]) =>
    list.map(({ path, version }): Balancer => ({ name, bin: path, version }));
  return [
    ...(balancer === 'nginx' ? [] : named('haproxy', chooseHaproxies(haproxy))),
    ...(balancer === 'haproxy' ? [] : named('nginx', choose('NGINX', nginx, findNginxes()))),
  ];
}

/** The HAProxies to measure: those found, or those of them that `wanted` names by version, or paths. */
export function chooseHaproxies(wanted: readonly string[]): Haproxy[] {
  return choose('HAProxy', wanted, findHaproxies());
}

function choose(title: string, wanted: readonly string[], there: readonly string[]): Haproxy[] {
  const paths = wanted.filter((one) => one.includes('/'));
  const versions = wanted.filter((one) => !one.includes('/'));
  const found = wanted.length > 0 && versions.length === 0 ? [] : there.map(withVersion);
  const chosen = found.filter((one) => versions.length === 0 || versions.some((text) => one.version.startsWith(text)));
  const all = [...paths.map(withVersion), ...chosen];
  if (all.length > 0) return all;
  const versionsThere = found.map((one) => one.version).join(', ') || 'none';
  const variable = `${title.toUpperCase()}_BIN`;
  throw new Error(`no ${title} to measure (found: ${versionsThere}): install one or set ${variable}`);
}

/** Of `<program> -v`, whose first line holds it for Consul. */
export function versionOf(path: string): string {
  const output = execFileSync(path, ['-v'], { encoding: 'utf8' });
  return /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1] ?? 'unknown';
}

/** One line that says on what was measured, and how busy it was before. */
export function machine(): string {
  const load = loadavg()
    .map((one) => one.toFixed(1))
    .join(' ');
  return `${cpus().length} cores, Node ${process.version}, load average before: ${load}`;
}

function withVersion(path: string): Haproxy {
  return { path, version: versionOfBalancer(path) };
}
