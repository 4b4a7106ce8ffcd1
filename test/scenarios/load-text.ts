import { isFailed, LoadReport, type RequestRecord } from '../support/load-report.js';
import { byName } from './seen.js';
import { pairs } from './text-table.js';

/** What the clients of one step saw. */
export interface LoadFigures {
  readonly requests: number;
  /** Answered by the balancer itself with 503, before the first member was there. */
  readonly tooEarly: number;
  readonly failed: number;
  /** What went wrong → how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  readonly byMember: Readonly<Record<string, number>>;
}

/** `hadMembers`: somebody was in service when the step began, so that every failure is one. */
export function judgeLoad(report: LoadReport, hadMembers: boolean): LoadFigures {
  const early = hadMembers ? new Set<RequestRecord>() : refusedEarly(report);
  const served = new LoadReport(report.records.filter((one) => !early.has(one)));
  return {
    requests: report.requests,
    tooEarly: early.size,
    failed: served.failed.length,
    failures: countBy(served.failed, ({ error, status }) => error ?? `status ${status}`),
    p50Ms: report.percentileMs(0.5),
    p99Ms: report.percentileMs(0.99),
    slowestMs: report.slowestMs,
    byMember: new LoadReport(served.records.filter((one) => one.backend !== null)).byBackend(),
  };
}

/** The lines of `load.txt`. */
export function loadText(figures: LoadFigures, name: (id: string) => string): string {
  const members = Object.entries(figures.byMember)
    .map(([id, count]) => [name(id), count] as const)
    .sort(([a], [b]) => byName(a, b));
  const text = pairs({
    clients: '16, every other one keeps its connection',
    requests: figures.requests,
    'before any member (503)': figures.tooEarly,
    failed: [figures.failed, ...Object.entries(figures.failures).map(([what, count]) => `${what}: ${count}`)].join(
      '  ',
    ),
    'half answered within': `${figures.p50Ms.toFixed(1)} ms`,
    '99 % answered within': `${figures.p99Ms.toFixed(1)} ms`,
    slowest: `${figures.slowestMs.toFixed(0)} ms`,
  });
  const shares = members.length === 0 ? '  nobody' : `\n${pairs(Object.fromEntries(members), '  ')}`;
  return `${text}\nanswered by${shares}\n`;
}

/** 503 of the balancer to requests that began before anybody had answered one. */
function refusedEarly({ records }: LoadReport): Set<RequestRecord> {
  const answered = records.filter((one) => !isFailed(one));
  const first = answered.reduce((least, { endMs }) => Math.min(least, endMs), Number.POSITIVE_INFINITY);
  return new Set(records.filter((one) => one.status === 503 && one.backend === null && one.startMs < first));
}

function countBy<T>(list: readonly T[], key: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of list) counts[key(one)] = (counts[key(one)] ?? 0) + 1;
  return counts;
}
