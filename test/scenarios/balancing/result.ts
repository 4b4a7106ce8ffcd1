import { percentile } from '../../../cli/src/probe/figures.js';
import { isFailed } from '../../../cli/src/probe/record.js';
import type { ProbeResult } from '../../../cli/src/probe/result.js';
import type { BalancerProgram } from '../../support/cluster-options.js';
import type { Shown } from './strategy-list.js';

export type SituationName = 'equal' | 'slow' | 'weights' | 'churn';

/** What one strategy did in one situation on one balancer. */
export interface Result extends ProbeResult {
  readonly situation: SituationName;
  readonly balancer: BalancerProgram['name'];
  readonly shown: Shown;
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
