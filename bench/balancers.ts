import { findBalancers } from '../test/support/binaries.js';
import type { BalancerProgram } from '../test/support/cluster-options.js';
import { versionOf } from '../test/support/program-version.js';
import type { BenchOptions } from './options.js';

/** A balancer to measure. */
export interface Balancer extends BalancerProgram {
  /** Such as `1.30.6`. */
  readonly version: string;
}

/**
 * Those of the one that `--balancer` names, else of both: all that are found, or what `--haproxy` and `--nginx` name by
 * version or path. @throws Error when there is none to measure.
 */
export function chooseBalancers({ balancer, haproxy, nginx }: BenchOptions): Balancer[] {
  return [
    ...(balancer === 'nginx' ? [] : choose('haproxy', haproxy)),
    ...(balancer === 'haproxy' ? [] : choose('nginx', nginx)),
  ];
}

function choose(name: Balancer['name'], wanted: readonly string[]): Balancer[] {
  const paths = wanted.filter((one) => one.includes('/'));
  const versions = wanted.filter((one) => !one.includes('/'));
  const found = wanted.length > 0 && versions.length === 0 ? [] : findBalancers(name).map(withVersion);
  const chosen = found.filter((one) => versions.length === 0 || versions.some((text) => one.version.startsWith(text)));
  const all = [...paths.map((bin) => withVersion({ name, bin })), ...chosen];
  if (all.length > 0) return all;
  const there = found.map((one) => one.version).join(', ') || 'none';
  const title = name === 'nginx' ? 'NGINX' : 'HAProxy';
  throw new Error(`no ${title} to measure (found: ${there}): install one or set ${name.toUpperCase()}_BIN`);
}

function withVersion(program: BalancerProgram): Balancer {
  return { ...program, version: versionOf(program.bin) };
}
