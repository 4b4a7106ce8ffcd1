import type { Intent } from '../drain-board.js';
import { compareIds } from '../schema.js';

/** What Consul says of the intents of one service. */
export interface IntentsAnswer {
  readonly values: ReadonlyMap<string, Intent>;
  /** Whether what is missing may be lost: see `SeriesAnswer`. */
  readonly afterFault: boolean;
}

/**
 * The intents as operators left them. A `drain` that is missing after a fault may be lost with Consul's data, and lifting
 * it would send requests to a member that somebody works on: it stays, and `restore` writes it back. A `leave` is not
 * kept: its agent heard it when it came, and the next boot would take it for a new one.
 */
export async function* keepDrains(
  answers: AsyncIterable<IntentsAnswer>,
  restore: (id: string, intent: Intent) => Promise<void>,
): AsyncGenerator<ReadonlyMap<string, Intent>> {
  let known: ReadonlyMap<string, Intent> = new Map();
  let unwritten: ReadonlySet<string> = new Set();
  for await (const { values, afterFault } of answers) {
    const lost = [...known].filter(
      ([id, intent]) => intent === 'drain' && !values.has(id) && (afterFault || unwritten.has(id)),
    );
    known = new Map([...values, ...lost].sort(([a], [b]) => compareIds(a, b)));
    yield known;
    unwritten = await unwrittenOf(lost, restore);
  }
}

/** Restores all; gives those that could not be: they are tried again with the next answer. */
async function unwrittenOf(
  lost: readonly (readonly [string, Intent])[],
  restore: (id: string, intent: Intent) => Promise<void>,
): Promise<ReadonlySet<string>> {
  const results = await Promise.allSettled(lost.map(([id, intent]) => restore(id, intent)));
  return new Set(lost.map(([id]) => id).filter((_, at) => results[at]?.status === 'rejected'));
}
