import type { MemberFigures } from './figures.js';
import type { ProbeRecord } from './record.js';
import type { Strategy } from './strategy.js';
import type { Verdict } from './verdict.js';

/** All that a report shows of one run. */
export interface ProbeResult {
  readonly url: string;
  readonly method: string;
  readonly strategy: Strategy;
  /** `haproxy` or `nginx`; null when it is not known. */
  readonly balancer: string | null;
  readonly wanted: number;
  readonly clients: number;
  readonly keepAlive: boolean;
  readonly cookies: boolean;
  readonly records: readonly ProbeRecord[];
  readonly tookMs: number;
  /** Requests that were open at an interrupt; null without one. */
  readonly cut: number | null;
  readonly figures: readonly MemberFigures[];
  readonly verdicts: readonly Verdict[];
}

/** Whether the run proves a fault. An interrupted one, or one that tested nothing, does not. */
export function isBroken({ verdicts }: Pick<ProbeResult, 'verdicts'>): boolean {
  return verdicts.some(({ outcome }) => outcome === 'broken');
}

export function perSecond({ records, tookMs }: Pick<ProbeResult, 'records' | 'tookMs'>): number {
  return tookMs === 0 ? 0 : (records.length * 1000) / tookMs;
}

/** How many answers had each status, and how many requests none, in order. */
export function statusCounts(records: readonly ProbeRecord[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { status, error } of records) {
    const word = error ?? String(status);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
