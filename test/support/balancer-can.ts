import type { BalancerProgram } from './cluster-options.js';
import { isAtLeast, versionOf } from './program-version.js';

/** `HAProxy 3.2.26`, `NGINX 1.30.6`. */
export function titleOf({ name, bin }: BalancerProgram): string {
  return `${name === 'nginx' ? 'NGINX' : 'HAProxy'} ${versionOf(bin)}`;
}

/** By version, not by where they were found. */
export function oldestFirst(programs: readonly BalancerProgram[]): BalancerProgram[] {
  const versions = new Map(programs.map((one) => [one, versionOf(one.bin)]));
  const version = (one: BalancerProgram) => versions.get(one) ?? '';
  return [...programs].sort((a, b) => version(a).localeCompare(version(b), 'en', { numeric: true }));
}

/**
 * Whether a reload loses nothing that a client of an idle connection sends in the same moment: NGINX before 1.27.4 has to
 * reset those (`keepalive_min_timeout`).
 */
export function isLossless(program: BalancerProgram): boolean {
  return program.name === 'haproxy' || isAtLeast(versionOf(program.bin), '1.27.4');
}

/** Whether clients can be kept to a member by a cookie: NGINX since 1.29.6 (`sticky`). */
export function hasCookies(program: BalancerProgram): boolean {
  return program.name === 'haproxy' || isAtLeast(versionOf(program.bin), '1.29.6');
}
