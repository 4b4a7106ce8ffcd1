import { isFailed, type ProbeRecord } from './record.js';

/** What one member did in a run. */
export interface MemberFigures {
  readonly member: string;
  /** Answers that it gave, failed ones too. */
  readonly requests: number;
  /** Of all answers that name a member, 0–1. */
  readonly share: number;
  /** By weight, 0–1. */
  readonly expected: number;
  readonly weight: number;
  /** Latencies of its answers, ms; null without any. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  /** Answers of 500 and above, and answers that broke off. */
  readonly failed: number;
}

/** One row per member that answered or should have, in order of their names. */
export function figuresOf(
  records: readonly ProbeRecord[],
  weights: ReadonlyMap<string, number> | null,
): readonly MemberFigures[] {
  const answers = new Map<string, ProbeRecord[]>([...(weights?.keys() ?? [])].map((id) => [id, []]));
  for (const record of records) {
    if (record.member === null) continue;
    const list = answers.get(record.member);
    if (list) list.push(record);
    else answers.set(record.member, [record]);
  }
  // Without weights everybody who answered counts the same; with them, a stranger was expected to get nothing.
  const weightOf = (id: string) => (weights ? (weights.get(id) ?? 0) : 1);
  const ids = [...answers.keys()].sort(byNumberInName);
  const total = ids.reduce((sum, id) => sum + (answers.get(id)?.length ?? 0), 0);
  const totalWeight = ids.reduce((sum, id) => sum + weightOf(id), 0);
  return ids.map((member) => {
    const list = answers.get(member) ?? [];
    const sorted = list.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
    return {
      member,
      requests: list.length,
      share: total === 0 ? 0 : list.length / total,
      expected: totalWeight === 0 ? 0 : weightOf(member) / totalWeight,
      weight: weightOf(member),
      p50Ms: percentile(sorted, 0.5),
      p95Ms: percentile(sorted, 0.95),
      p99Ms: percentile(sorted, 0.99),
      failed: list.filter(isFailed).length,
    };
  });
}

/** The smallest value that `share` of all values do not exceed (nearest rank); null of nothing. `sorted` ascends. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** web-2 before web-10. A fixed locale, so that the same run gives the same rows everywhere. */
const collator = new Intl.Collator('en', { numeric: true });

function byNumberInName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}
