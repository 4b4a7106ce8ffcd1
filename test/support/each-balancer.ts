import { oldestFirst } from './balancer-can.js';
import { findBalancers } from './binaries.js';
import type { BalancerProgram } from './cluster-options.js';
import { FULL } from './full.js';
import { versionOf } from './program-version.js';

/**
 * Each version of each balancer that can be found, once; in the short form the oldest and the newest of each. Without any
 * there is a line that cannot be missed; under `CI=true` it throws, because a suite without tests proves nothing.
 */
export function eachBalancer(find: typeof findBalancers = findBalancers): BalancerProgram[] {
  const found = (['haproxy', 'nginx'] as const).flatMap((name) => {
    const all = new Map(oldestFirst(find(name)).map((one) => [versionOf(one.bin), one]));
    const programs = [...all.values()];
    return FULL ? programs : programs.filter((_, at) => at === 0 || at === programs.length - 1);
  });
  if (found.length > 0) return found;
  const message = 'no balancer was found: set HAPROXY_BIN or NGINX_BIN, or install one';
  if (process.env.CI === 'true') throw new Error(message);
  console.error(`\n  !!! SKIPPED: ${message}\n`);
  return [];
}
