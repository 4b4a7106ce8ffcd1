import { parseArgs } from 'node:util';

/** What the command line asks for; one set for all benchmarks. */
export interface BenchOptions {
  /** Versions or paths; empty = every HAProxy that is found. */
  readonly haproxy: readonly string[];
  /** The same for NGINX. */
  readonly nginx: readonly string[];
  /** Null = every balancer that the benchmark knows. */
  readonly balancer: 'haproxy' | 'nginx' | null;
  readonly pairs: number;
  readonly strict: boolean;
  readonly registry: 'consul' | 'file';
  /** The join in containers, on the product's own images. */
  readonly containers: boolean;
  readonly warmUp: number;
  readonly steps: boolean;
  /** Folder for the watcher's CPU profile, or null. */
  readonly cpuProf: string | null;
  readonly seconds: number;
  /** Null = wrk when there is one. */
  readonly load: 'wrk' | 'node' | null;
}

/** Throws with every fault in one message. `pairs` is what the benchmark takes when the command line does not say. */
export function parseOptions(words: readonly string[], pairs: number): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      haproxy: { type: 'string', default: '' },
      nginx: { type: 'string', default: '' },
      balancer: { type: 'string' },
      pairs: { type: 'string', default: String(pairs) },
      strict: { type: 'boolean', default: false },
      registry: { type: 'string', default: 'consul' },
      containers: { type: 'boolean', default: false },
      'warm-up': { type: 'string', default: '5' },
      steps: { type: 'boolean', default: false },
      'cpu-prof': { type: 'string' },
      seconds: { type: 'string', default: '2' },
      load: { type: 'string' },
    },
  });
  const faults: string[] = [];
  const number = (name: 'pairs' | 'warm-up' | 'seconds', least: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > 1_000) faults.push(`--${name} must be ${least} to 1000`);
    return value;
  };
  const word = <T extends string>(
    name: 'registry' | 'load' | 'balancer',
    text: string,
    allowed: readonly T[],
  ): T | null => {
    const found = allowed.find((one) => one === text) ?? null;
    if (found === null) faults.push(`--${name} must be ${allowed.join(' or ')}`);
    return found;
  };
  if (values.containers && (values.registry !== 'consul' || values.haproxy !== '' || values['cpu-prof'] !== undefined))
    faults.push('--containers takes what .env names: no --registry, --haproxy or --cpu-prof');
  const options: BenchOptions = {
    haproxy: values.haproxy.split(',').filter((one) => one !== ''),
    nginx: values.nginx.split(',').filter((one) => one !== ''),
    balancer: values.balancer === undefined ? null : word('balancer', values.balancer, ['haproxy', 'nginx']),
    pairs: number('pairs', 1),
    strict: values.strict,
    registry: word('registry', values.registry, ['consul', 'file']) ?? 'consul',
    containers: values.containers,
    warmUp: number('warm-up', 0),
    steps: values.steps,
    cpuProf: values['cpu-prof'] ?? null,
    seconds: number('seconds', 1),
    load: values.load === undefined ? null : word('load', values.load, ['wrk', 'node']),
  };
  if (faults.length > 0) throw new Error(faults.join('; '));
  return options;
}
