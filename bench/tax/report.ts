import { median, quantile } from '../numbers.js';
import type { LoadResult } from './load.js';

/** Requests per second through Muster's config, as a share of those through the hand-written one. */
const PROMISE = 0.98;

/** One run of load, with the processor time that HAProxy used per request, in microseconds; null where it is unknown. */
export interface TaxRun extends LoadResult {
  readonly cpuPerRequest: number | null;
}

export interface TaxPair {
  readonly muster: TaxRun;
  readonly byHand: TaxRun;
}

/** Prints one HAProxy's result; true when the promise was kept. */
export function reportTax(haproxy: string, pairs: readonly TaxPair[]): boolean {
  const rates = pairs.map(({ muster, byHand }) => muster.requestsPerSecond / byHand.requestsPerSecond);
  const tails = pairs.map(({ muster, byHand }) => muster.p99Ms / byHand.p99Ms);
  const cpu = pairs.map(({ muster, byHand }) => (byHand.cpuPerRequest ?? 0) / (muster.cpuPerRequest ?? 1));
  const kept = median(rates) >= PROMISE;
  const line = (name: string, pick: (pair: TaxPair) => TaxRun) => {
    const rate = median(pairs.map((pair) => pick(pair).requestsPerSecond));
    const p99 = median(pairs.map((pair) => pick(pair).p99Ms));
    return `  ${name.padEnd(14)}${rate.toFixed(0).padStart(8)} req/s   p99 ${p99.toFixed(2)} ms`;
  };
  console.log(`
HAProxy ${haproxy}, ${pairs.length} pairs, medians
${line('by hand', (pair) => pair.byHand)}
${line('Muster', (pair) => pair.muster)}
  ratio of req/s, per pair: ${spread(rates)}
  ratio of p99, per pair:   ${spread(tails)}
  ratio of requests per second of HAProxy's own processor time: ${spread(cpu)}
  promise req/s >= ${PROMISE}x: ${kept ? 'kept' : 'MISSED'}`);
  return kept;
}

function spread(ratios: readonly number[]): string {
  const [low, high, least, most] = [0.25, 0.75, 0, 1].map((share) => quantile(ratios, share).toFixed(3));
  return `median ${median(ratios).toFixed(3)}, middle half ${low}-${high}, all ${least}-${most}`;
}
