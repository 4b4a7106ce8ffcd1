import { isDeepStrictEqual } from 'node:util';
import { latest } from '../latest.js';
import type { MemoryStore } from './store.js';

/**
 * The entries whose key begins with `prefix`, whole, at first and after each change; what `parse` gives null for is left
 * out. Silent while the store is unreachable.
 */
export function watchBelow<Stored, T>(
  store: MemoryStore,
  entries: ReadonlyMap<string, Stored>,
  prefix: string,
  signal: AbortSignal,
  parse: (stored: Stored) => T | null,
): AsyncIterable<ReadonlyMap<string, T>> {
  return latest(signal, (publish, stop) => {
    let last: ReadonlyMap<string, T> | null = null;
    const look = () => {
      if (!store.reachable) return;
      const now = below(entries, prefix, parse);
      if (last && isDeepStrictEqual(last, now)) return;
      last = now;
      publish(now);
    };
    return store.follow(look, stop);
  });
}

/** The entries whose key begins with `prefix`, without it. */
export function below<Stored, T>(
  entries: ReadonlyMap<string, Stored>,
  prefix: string,
  parse: (stored: Stored) => T | null,
): Map<string, T> {
  return new Map(
    [...entries].flatMap(([key, stored]): [string, T][] => {
      const value = key.startsWith(prefix) ? parse(stored) : null;
      return value === null ? [] : [[key.slice(prefix.length), value]];
    }),
  );
}

/** For entries that only our own code writes. */
export function asIs<T>(stored: T): T {
  return stored;
}
