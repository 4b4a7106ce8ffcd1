import { median, quantile } from '../numbers.js';
import type { LoadResult } from './load.js';

/** Requests per second, and p99, through Muster's config as a share of those through the hand-written one. */
const PROMISE = { rate: 0.98, p99: 1.05 } as const;

/** One run of load, with the processor time that the balancer used per request, in microseconds; null where it is unknown. */
export interface TaxRun extends LoadResult {
  readonly cpuPerRequest: number | null;
}

export interface TaxPair {
  readonly muster: TaxRun;
  readonly byHand: TaxRun;
}

/** Prints one balancer's result; true when the promises were kept. */
export function reportTax(balancer: string, pairs: readonly TaxPair[]): boolean {
  const rates = pairs.map(({ muster, byHand }) => muster.requestsPerSecond / byHand.requestsPerSecond);
  const tails = pairs.map(({ muster, byHand }) => muster.p99Ms / byHand.p99Ms);
  const cpu = pairs.map(({ muster, byHand }) => (byHand.cpuPerRequest ?? 0) / (muster.cpuPerRequest ?? 1));
  const kept = { rate: median(rates) >= PROMISE.rate, p99: median(tails) <= PROMISE.p99 };
  const word = (one: boolean) => (one ? 'kept' : 'MISSED');
  const line = (name: string, pick: (pair: TaxPair) => TaxRun) => {
    const rate = median(pairs.map((pair) => pick(pair).requestsPerSecond));
    const p99 = median(pairs.map((pair) => pick(pair).p99Ms));
    return `  ${name.padEnd(14)}${rate.toFixed(0).padStart(8)} req/s   p99 ${p99.toFixed(2)} ms`;
  };
  console.log(`
${balancer}, ${pairs.length} pairs, medians
${line('by hand', (pair) => pair.byHand)}
${line('Muster', (pair) => pair.muster)}
  ratio of req/s, per pair: ${spread(rates)}
  ratio of p99, per pair:   ${spread(tails)}
  ratio of requests per second of the balancer's own processor time: ${spread(cpu)}
  promise req/s >= ${PROMISE.rate}x: ${word(kept.rate)}, p99 <= ${PROMISE.p99}x: ${word(kept.p99)}`);
  return kept.rate && kept.p99;
}

function spread(ratios: readonly number[]): string {
  const [low, high, least, most] = [0.25, 0.75, 0, 1].map((share) => quantile(ratios, share).toFixed(3));
  return `median ${median(ratios).toFixed(3)}, middle half ${low}-${high}, all ${least}-${most}`;
}
