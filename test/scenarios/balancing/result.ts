import { type MemberFigures, percentile } from '../../../cli/src/probe/figures.js';
import { isFailed, type ProbeRecord } from '../../../cli/src/probe/record.js';
import type { Verdict } from '../../../cli/src/probe/verdict.js';
import type { Shown } from './strategy-list.js';

export type SituationName = 'equal' | 'slow' | 'weights' | 'churn';

/** What one strategy did in one situation on one balancer. */
export interface Result {
  readonly situation: SituationName;
  readonly balancer: 'haproxy' | 'nginx';
  readonly shown: Shown;
  readonly records: readonly ProbeRecord[];
  readonly tookMs: number;
  readonly figures: readonly MemberFigures[];
  readonly verdicts: readonly Verdict[];
  /** What was measured besides, in words. */
  readonly notes: readonly string[];
}

export function failedOf({ records }: Pick<Result, 'records'>): number {
  return records.filter(isFailed).length;
}

/** Latency in ms within which `share` of all requests were answered. */
export function latencyMs({ records }: Pick<Result, 'records'>, share: number): number {
  const sorted = records.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return percentile(sorted, share) ?? 0;
}

export function perSecond({ records, tookMs }: Pick<Result, 'records' | 'tookMs'>): number {
  return (records.length * 1000) / Math.max(1, tookMs);
}
