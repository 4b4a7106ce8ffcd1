import { backoff, sleep } from '../clock.js';

/** The newest value of something that is watched. */
export interface Latest<T> {
  /** Undefined until the first value came. */
  readonly value: T | undefined;
  /** Calls back after each new value; gives the function that ends it. */
  onChange(listener: () => void): () => void;
}

/** A value that changes, and those who wait for that. */
export interface Cell<T> extends Latest<T> {
  set(value: T): void;
}

export function cell<T>(): Cell<T> {
  const listeners = new Set<() => void>();
  let value: T | undefined;
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * Follows a watch until `signal` aborts. A watch that breaks off is reported and started again: the last value stands
 * meanwhile.
 */
export function follow<T>(
  watch: () => AsyncIterable<T>,
  signal: AbortSignal,
  onBroken: (thrown: unknown) => void,
): Latest<T> {
  const newest = cell<T>();
  const run = async () => {
    const wait = backoff(500, 10_000);
    while (!signal.aborted) {
      try {
        for await (const value of watch()) {
          newest.set(value);
          wait.reset();
        }
      } catch (thrown) {
        if (!signal.aborted) onBroken(thrown);
      }
      if (!signal.aborted) await sleep(wait.next(), signal);
    }
  };
  void run();
  return newest;
}

/** Resolves with true as soon as `check` holds, looked at now and after each change; with false when `signal` aborts. */
export function until(
  watched: readonly Latest<unknown>[],
  check: () => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const ends: (() => void)[] = [];
    const finish = (result: boolean) => {
      for (const end of ends) end();
      resolve(result);
    };
    const look = () => {
      if (check()) finish(true);
    };
    const abort = () => finish(false);
    if (check()) return resolve(true);
    if (signal.aborted) return resolve(false);
    for (const one of watched) ends.push(one.onChange(look));
    signal.addEventListener('abort', abort, { once: true });
    ends.push(() => signal.removeEventListener('abort', abort));
  });
}
