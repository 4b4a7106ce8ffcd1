import { strict as assert } from 'node:assert';

/** One request as its client saw it. */
export interface RequestRecord {
  readonly id: string;
  readonly client: number;
  readonly keepAlive: boolean;
  readonly method: string;
  /** Milliseconds of the monotonic clock that all processes of the machine share (`sharedNowMs`). */
  readonly startMs: number;
  readonly endMs: number;
  /** null: no answer. */
  readonly status: number | null;
  /** `X-Backend` of the answer. */
  readonly backend: string | null;
  /** Error code, or `TIMEOUT`. */
  readonly error: string | null;
  /** The request went over a connection that had served another one. */
  readonly reusedSocket: boolean;
}

/** Monotonic milliseconds that mean the same in every process and thread of this machine. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Everything but a complete 2xx answer: a reset of a kept-alive connection counts too, because the promise is zero. */
export function isFailed(record: RequestRecord): boolean {
  return record.error !== null || record.status === null || record.status < 200 || record.status > 299;
}

/** What a load run shows, so far or at its end. */
export class LoadReport {
  readonly records: readonly RequestRecord[];

  constructor(records: readonly RequestRecord[]) {
    this.records = records;
  }

  get requests(): number {
    return this.records.length;
  }

  get failed(): RequestRecord[] {
    return this.records.filter(isFailed);
  }

  /** Failed because an idle connection was reset under a client that was just sending, as NGINX before 1.27.4 does at a reload. */
  get idleResets(): RequestRecord[] {
    return this.failed.filter(isIdleReset);
  }

  get slowestMs(): number {
    return this.records.reduce((slowest, one) => Math.max(slowest, one.endMs - one.startMs), 0);
  }

  /** Requests that were started at `ms` of the shared clock or later. */
  since(ms: number): LoadReport {
    return new LoadReport(this.records.filter((one) => one.startMs >= ms));
  }

  of(method: string): LoadReport {
    return new LoadReport(this.records.filter((one) => one.method === method));
  }

  to(backend: string): LoadReport {
    return new LoadReport(this.records.filter((one) => one.backend === backend));
  }

  /** Latency in ms that `share` (0–1) of the requests stayed within. */
  percentileMs(share: number): number {
    const sorted = this.records.map((one) => one.endMs - one.startMs).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  }

  byBackend(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { backend } of this.records) counts[backend ?? '-'] = (counts[backend ?? '-'] ?? 0) + 1;
    return counts;
  }

  perSecond(): number {
    const first = this.records.reduce((least, one) => Math.min(least, one.startMs), Number.POSITIVE_INFINITY);
    const last = this.records.reduce((most, one) => Math.max(most, one.endMs), 0);
    return this.records.length < 2 ? 0 : (this.records.length * 1000) / (last - first);
  }

  /** Without those, for where they are allowed. */
  withoutIdleResets(): LoadReport {
    return new LoadReport(this.records.filter((one) => !isFailed(one) || !isIdleReset(one)));
  }

  /** One line for humans. */
  summary(): string {
    const figures = [
      `${this.requests} requests`,
      `${this.failed.length} failed`,
      `${this.perSecond().toFixed(0)}/s`,
      `p50 ${this.percentileMs(0.5).toFixed(1)} ms`,
      `p99 ${this.percentileMs(0.99).toFixed(1)} ms`,
      `slowest ${this.slowestMs.toFixed(0)} ms`,
    ];
    return figures.join(', ');
  }

  /** Fails with the first failures spelled out. */
  assertNoneFailed(): void {
    assert.ok(this.requests > 0, 'the load generator sent nothing, so nothing was shown');
    const failed = this.failed;
    assert.equal(
      failed.length,
      0,
      `${this.summary()}; first failures:\n${failed.slice(0, 10).map(describe).join('\n')}`,
    );
  }

  /** Fails when a request that began at `ms` of the shared clock or later was answered by this backend. */
  assertNothingTo(backend: string, ms: number): void {
    const before = this.to(backend);
    assert.ok(before.requests > before.since(ms).requests, `${backend} served nothing before, so nothing was shown`);
    assert.deepEqual(before.since(ms).records, [], `requests to ${backend} that began after its acknowledgement`);
  }
}

/** The connection had served before, and ended without an answer. */
function isIdleReset({ error, reusedSocket }: RequestRecord): boolean {
  return reusedSocket && (error === 'ECONNRESET' || error === 'EPIPE');
}

function describe(one: RequestRecord): string {
  const socket = one.reusedSocket ? 'reused socket' : 'new socket';
  const took = (one.endMs - one.startMs).toFixed(1);
  const at = one.startMs.toFixed(0);
  return `  at ${at} ${one.method} client ${one.client}: ${one.error ?? one.status} after ${took} ms, ${socket}, backend ${one.backend}`;
}
