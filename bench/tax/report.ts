import { median, medianInterval, quantile } from '../numbers.js';
import type { LoadResult } from './load.js';

/** Requests per second, and p99, through Muster's config as a share of those through the hand-written one. */
const PROMISE = { rate: 0.98, p99: 1.05 } as const;

/** By hand; our config alone, with the watcher frozen; our config while the watcher works on the same processors. */
export const SIDES = ['byHand', 'config', 'watched'] as const;
export type Side = (typeof SIDES)[number];

const TITLES: Readonly<Record<Side, string>> = { byHand: 'by hand', config: 'our config', watched: '  and watcher' };

/** One second of load, with the processor time that the balancer used per request, in microseconds; null where it is unknown. */
export interface TaxSlice extends LoadResult {
  readonly cpuPerRequest: number | null;
}

/** The slices of each side, which took turns. */
export type TaxRound = Readonly<Record<Side, readonly TaxSlice[]>>;

/** Prints one balancer's result; true when our config alone keeps the promises. */
export function reportTax(balancer: string, rounds: readonly TaxRound[]): boolean {
  console.log(
    `\n${balancer}, ${rounds.length} rounds, medians (in brackets: 95 % interval of the median; middle half of the rounds)`,
  );
  for (const side of SIDES) console.log(sideLine(rounds, side));
  const config = ratios(rounds, 'config');
  const kept = { rate: median(config.rate) >= PROMISE.rate, p99: median(config.p99) <= PROMISE.p99 };
  const word = (one: boolean) => (one ? 'kept' : 'MISSED');
  for (const side of ['config', 'watched'] as const) {
    const { rate, p99, cpu } = ratios(rounds, side);
    console.log(`  ${TITLES[side].trim()} / by hand
    req/s ${spread(rate)}
    p99   ${spread(p99)}
    requests per second of the balancer's own processor time ${spread(cpu)}`);
  }
  console.log(
    `  promise for our config: req/s >= ${PROMISE.rate}x: ${word(kept.rate)}, p99 <= ${PROMISE.p99}x: ${word(kept.p99)}`,
  );
  return kept.rate && kept.p99;
}

function sideLine(rounds: readonly TaxRound[], side: Side): string {
  const slices = rounds.flatMap((round) => round[side]);
  const rate = median(slices.map((one) => one.requestsPerSecond)).toFixed(0);
  const p99 = median(slices.map((one) => one.p99Ms)).toFixed(2);
  return `  ${TITLES[side].padEnd(14)}${rate.padStart(8)} req/s   p99 ${p99} ms`;
}

function ratios(rounds: readonly TaxRound[], side: Side) {
  const ratio = (of: (slice: TaxSlice) => number) =>
    rounds.map((round) => median(round[side].map(of)) / median(round.byHand.map(of)));
  const cpu = ratio((slice) => slice.cpuPerRequest ?? 1).map((one) => 1 / one);
  return { rate: ratio((slice) => slice.requestsPerSecond), p99: ratio((slice) => slice.p99Ms), cpu };
}

function spread(values: readonly number[]): string {
  const [low, high] = medianInterval(values);
  const half = [0.25, 0.75].map((share) => quantile(values, share).toFixed(2)).join('-');
  return `${median(values).toFixed(3)} (${low.toFixed(2)}-${high.toFixed(2)}; ${half})`;
}
