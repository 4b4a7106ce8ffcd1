import { backoff, monotonicMs, sleep } from '../clock.js';
import { errorMessage, MusterError } from '../errors.js';

/** What a reader gets before the next query is built, in ms. */
const HEAD_START_MS = 3;

/** One answer of a blocking query. */
export interface QueryAnswer<T> {
  readonly index: bigint;
  readonly value: T;
}

/** An answer with what it needs to be judged by. */
export interface SeriesAnswer<T> extends QueryAnswer<T> {
  /** True when a query failed, or the index went back, since the answer before: Consul may have lost data. */
  readonly afterFault: boolean;
  /** Asks for the next answer also if nothing changes: it comes when Consul lets the query go. */
  readonly repeat: () => void;
}

export interface BlockingQueryOptions<T> {
  /** Asks once: `index` 0n answers at once, another one when something changed since or `waitMs` is over. */
  readonly fetch: (index: bigint, waitMs: number, signal: AbortSignal) => Promise<QueryAnswer<T>>;
  readonly signal: AbortSignal;
  /** Longest time that Consul holds one query, in ms. Default 5,000: a connection that died without a word is found
   * after about twice that, and one idle query in five seconds costs nothing. Consul allows 600,000. */
  readonly waitMs?: number;
  /** Smallest gap between queries, in ms, after a burst of two (default 20). */
  readonly minGapMs?: number;
  /** First and longest wait after a fault, in ms. Default 100 and 1000, so that we are back soon after Consul is. */
  readonly retryMs?: readonly [number, number];
  /** Called once when queries begin to fail, not per attempt. */
  readonly onFault?: (error: Error) => void;
  /** Called once when a query succeeds again. */
  readonly onRecovered?: () => void;
}

/**
 * Consul's blocking queries as an endless series of answers: the first at once, then one per change of the index, and one
 * after each fault. Ends only when `signal` aborts.
 *
 * Rules (Consul documentation, "Blocking queries"): an index that goes backwards resets the next query to 0; an index is
 * above 0; a return is no proof of change; queries are rate-limited by a token bucket of two. A query after a fault asks
 * with index 0, because the old index may be one that a wiped Consul reaches in hours: it would block for the full wait.
 * An answer whose index went back is not yielded but asked again with 0, which `queryOnce` makes a consistent read.
 */
export async function* blockingQuery<T>(options: BlockingQueryOptions<T>): AsyncGenerator<SeriesAnswer<T>, void, void> {
  const { signal } = options;
  const bucket = tokenBucket(2, options.minGapMs ?? 20);
  const retry = backoff(...(options.retryMs ?? [100, 1_000]));
  let ask = 0n;
  let seen = 0n;
  let faulty = false;
  let doubtful = false;
  let wanted = false;
  const repeat = (): void => {
    wanted = true;
  };
  while (!signal.aborted) {
    await bucket.take(signal);
    if (signal.aborted) return;
    const answer = await attempt(options, ask);
    if (signal.aborted) return;
    if (answer instanceof Error) {
      if (!faulty) options.onFault?.(answer);
      faulty = true;
      doubtful = true;
      ask = 0n;
      seen = 0n;
      await sleep(retry.next(), signal);
      continue;
    }
    if (faulty) options.onRecovered?.();
    faulty = false;
    retry.reset();
    if (answer.index < seen) {
      doubtful = true;
      ask = 0n;
      seen = 0n;
      continue;
    }
    ask = answer.index;
    if (answer.index === seen && !wanted) continue;
    seen = answer.index;
    const afterFault = doubtful;
    doubtful = false;
    wanted = false;
    yield { ...answer, afterFault, repeat };
    // The reader acts first: building the next query would take half a millisecond from its hottest path. What changes
    // meanwhile is not lost, because the next query tells what was seen.
    await sleep(HEAD_START_MS, signal);
  }
}

async function attempt<T>(options: BlockingQueryOptions<T>, index: bigint): Promise<QueryAnswer<T> | Error> {
  try {
    const answer = await options.fetch(index, waitOf(options.waitMs ?? 5_000), options.signal);
    if (answer.index > 0n) return answer;
    return new MusterError('consul-answer-invalid', `Consul's index is ${answer.index}: it must be above 0`);
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error(errorMessage(thrown));
  }
}

/** 90–100 %, so that queries which were cut together do not stay together. */
function waitOf(waitMs: number): number {
  return Math.ceil(waitMs * (0.9 + Math.random() / 10));
}

/** `take` resolves at once while one of `burst` tokens is left; each comes back after `gapMs`. */
function tokenBucket(burst: number, gapMs: number): { take(signal: AbortSignal): Promise<void> } {
  let tokens = burst;
  let last = monotonicMs();
  const refill = (): void => {
    const now = monotonicMs();
    tokens = gapMs > 0 ? Math.min(burst, tokens + (now - last) / gapMs) : burst;
    last = now;
  };
  return {
    async take(signal) {
      refill();
      while (tokens < 1 && !signal.aborted) {
        await sleep((1 - tokens) * gapMs, signal);
        refill();
      }
      tokens -= 1;
    },
  };
}
