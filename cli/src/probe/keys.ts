import { isFailed, type ProbeRecord } from './record.js';

/** Which member each key found. */
export interface CollectedKeys {
  /** The member of the first answer, by key. */
  readonly keys: ReadonlyMap<string, string>;
  /** Answers that had a key. */
  readonly seen: number;
  /** Keys that found more than one member. */
  readonly split: readonly string[];
}

/** Failed answers are left out: one of a dead member, or of the balancer itself, says nothing of the hash. */
export function collectKeys(records: readonly ProbeRecord[]): CollectedKeys {
  const keys = new Map<string, string>();
  const split = new Set<string>();
  let seen = 0;
  for (const record of records) {
    const { key, member } = record;
    if (key === null || member === null || isFailed(record)) continue;
    seen += 1;
    const before = keys.get(key);
    if (before === undefined) keys.set(key, member);
    else if (before !== member) split.add(key);
  }
  return { keys, seen, split: [...split] };
}
