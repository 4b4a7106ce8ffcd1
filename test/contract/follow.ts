import { strict as assert } from 'node:assert';
import { eventually } from '../support/eventually.js';

/** One iteration that runs in the background of a test. */
export interface Follower<T> {
  /** Everything that was yielded so far. */
  readonly all: readonly T[];
  /** The newest value; fails when there is none. */
  newest(): T;
  /** Waits until `check` accepts the newest value, and gives it. */
  until(check: (value: T) => void): Promise<T>;
  /** Aborts and waits for the end of the iteration; rejects with what the iteration threw. */
  stop(): Promise<void>;
}

/** Follows `watch` until `stop`. Register `stop` in a `finally` or an `afterEach`. */
export function follow<T>(watch: (signal: AbortSignal) => AsyncIterable<T>): Follower<T> {
  const controller = new AbortController();
  const all: T[] = [];
  let failure: unknown;
  const ended = (async () => {
    for await (const value of watch(controller.signal)) all.push(value);
    if (!controller.signal.aborted) throw new Error('the iteration ended although nobody aborted it');
  })().catch((thrown) => {
    failure = thrown;
  });
  const newest = (): T => {
    if (failure) throw failure;
    const value = all.at(-1);
    assert(value !== undefined, 'nothing was yielded yet');
    return value;
  };
  return {
    all,
    newest,
    until: (check) =>
      eventually(() => {
        const value = newest();
        check(value);
        return value;
      }),
    async stop() {
      controller.abort();
      await ended;
      if (failure) throw failure;
    },
  };
}
