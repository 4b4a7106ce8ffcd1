import { median, summarize } from '../numbers.js';
import type { JoinSteps } from './joiner.js';
import type { JoinPromise } from './stage.js';

export interface JoinResult {
  /** Such as `HAProxy 3.2.26`. */
  readonly balancer: string;
  readonly registry: string;
  readonly floors: readonly number[];
  readonly products: readonly number[];
  /** With Consul on HAProxy 3.0 and later. */
  readonly promise: JoinPromise;
}

/** Prints one balancer's result in ms; true when the promise was kept, or is not for this case. */
export function reportJoin({ balancer, registry, floors, products, promise }: JoinResult): boolean {
  const floor = summarize(floors);
  const product = summarize(products);
  const p50 = product.p50 / floor.p50;
  const p99 = product.p99 / floor.p99;
  const kept = p50 <= promise.p50 && p99 <= promise.p99;
  const promised = /^HAProxy ([3-9]|\d\d)/.test(balancer) && registry.startsWith('Consul');
  const verdict = promised ? `: ${kept ? 'kept' : 'MISSED'}` : ', with Consul and HAProxy >= 3.0: not judged here';
  console.log(`
${balancer}, ${registry}, ${floors.length} pairs (p99 of up to 100 pairs is the slowest one)
                            p50       p99       min       max   ms
  floor    ${row([floor.p50, floor.p99, floor.min, floor.max])}
  join     ${row([product.p50, product.p99, product.min, product.max])}
  ratio    ${row([p50, p99])}
  promise p50 <= ${promise.p50}x, p99 <= ${promise.p99}x${verdict}`);
  return kept || !promised;
}

export function reportSteps(runs: readonly JoinSteps[]): void {
  const part = (name: string, pick: (run: JoinSteps) => number) =>
    `  ${name.padEnd(48)}${median(runs.map(pick)).toFixed(2).padStart(6)} ms`;
  console.log(`
  where the time of a join goes, p50 of ${runs.length} more joins, seen from outside
${part('register sent -> registry tells its readers', (run) => run.told)}
${part('-> watcher has put the file in place', (run) => run.file - run.told)}
${part('-> first answer of the member (socket, probing)', (run) => run.served - run.file)}
${part('all', (run) => run.served)}`);
}

function row(values: readonly number[]): string {
  return `           ${values.map((value) => value.toFixed(2).padStart(10)).join('')}`;
}
