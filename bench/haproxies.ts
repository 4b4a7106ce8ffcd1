import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { findHaproxies } from '../test/support/binaries.js';

export interface Haproxy {
  readonly path: string;
  /** Such as `3.2.26`. */
  readonly version: string;
}

/** The HAProxies to measure: those found, or those of them that `wanted` names by version, or paths. */
export function chooseHaproxies(wanted: readonly string[]): Haproxy[] {
  const paths = wanted.filter((one) => one.includes('/'));
  const versions = wanted.filter((one) => !one.includes('/'));
  const found = wanted.length > 0 && versions.length === 0 ? [] : findHaproxies().map(withVersion);
  const chosen = found.filter((one) => versions.length === 0 || versions.some((text) => one.version.startsWith(text)));
  const all = [...paths.map(withVersion), ...chosen];
  if (all.length > 0) return all;
  const there = found.map((one) => one.version).join(', ') || 'none';
  throw new Error(`no HAProxy to measure (found: ${there}): install one or set HAPROXY_BIN`);
}

/** Of `<program> -v`, whose first line holds it for HAProxy and Consul alike. */
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
  return { path, version: versionOf(path) };
}
