import { figuresOf } from './figures.js';
import type { ProbeRecord } from './record.js';
import type { ProbeResult } from './result.js';
import type { Observed } from './verdict.js';

/** One answered request. */
export function record(member: string | null, changes: Partial<ProbeRecord> = {}): ProbeRecord {
  const base = { n: 1, client: 1, key: null, tookMs: 2, status: 200, views: null, error: null };
  return { ...base, member, ...changes };
}

/** So many answers of each member. */
export function answersOf(counts: Readonly<Record<string, number>>): ProbeRecord[] {
  return Object.entries(counts).flatMap(([member, count]) => Array.from({ length: count }, () => record(member)));
}

export function observed(records: readonly ProbeRecord[], changes: Partial<Observed> = {}): Observed {
  const base = { strategy: 'roundrobin', balancer: 'haproxy', workers: 1, cut: 0, clients: 1, cookies: false } as const;
  return { ...base, records, figures: figuresOf(records, null), ...changes };
}

export function result(records: readonly ProbeRecord[], changes: Partial<ProbeResult> = {}): ProbeResult {
  return {
    url: 'http://127.0.0.1:8080/',
    method: 'GET',
    strategy: 'roundrobin',
    balancer: 'haproxy',
    wanted: records.length,
    clients: 4,
    keepAlive: true,
    cookies: false,
    records,
    tookMs: 1_000,
    cut: null,
    figures: figuresOf(records, null),
    verdicts: [],
    ...changes,
  };
}
