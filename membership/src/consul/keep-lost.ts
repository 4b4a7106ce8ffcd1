import { compareIds } from '../schema.js';
import type { Snapshot } from './watch-prefix.js';

/**
 * What operators asked, as they left it. What is missing after a fault may be lost with Consul's data (see `SeriesAnswer`):
 * as far as `isKept` says so it stays, and `restore` writes it back.
 */
export async function* keepLost<T>(
  answers: AsyncIterable<Snapshot<T>>,
  isKept: (value: T) => boolean,
  restore: (id: string, value: T) => Promise<void>,
): AsyncGenerator<ReadonlyMap<string, T>> {
  let known: ReadonlyMap<string, T> = new Map();
  let unwritten: ReadonlySet<string> = new Set();
  for await (const { values, afterFault, repeat } of answers) {
    const lost = [...known].filter(
      ([id, value]) => isKept(value) && !values.has(id) && (afterFault || unwritten.has(id)),
    );
    known = new Map([...values, ...lost].sort(([a], [b]) => compareIds(a, b)));
    yield known;
    unwritten = await unwrittenOf(lost, restore);
    if (unwritten.size > 0) repeat();
  }
}

/** Restores all; gives those that could not be: they are tried again with the next answer. */
async function unwrittenOf<T>(
  lost: readonly (readonly [string, T])[],
  restore: (id: string, value: T) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const results = await Promise.allSettled(lost.map(([id, value]) => restore(id, value)));
  return new Set(lost.map(([id]) => id).filter((_, at) => results[at]?.status === 'rejected'));
}
