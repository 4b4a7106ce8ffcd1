import { isDeepStrictEqual } from 'node:util';
import { latest } from '../latest.js';
import { compareIds, ID_PATTERN } from '../schema.js';
import type { Document } from './document.js';
import { type FolderOptions, watchFolder } from './folder.js';

/** A folder as a map of parsed entries, whole, at first and after each change; what does not parse is left out. */
export function watchEntries<T>(
  path: string,
  whenLost: FolderOptions['whenLost'],
  parse: (name: string, value: unknown) => T | null,
  signal: AbortSignal,
): AsyncIterable<ReadonlyMap<string, T>> {
  return latest(signal, (publish, stop) => {
    let last: ReadonlyMap<string, T> | null = null;
    const looked = (files: ReadonlyMap<string, Document>) => {
      const entries = parseAll(files, parse);
      if (last && isDeepStrictEqual(last, entries)) return;
      last = entries;
      publish(entries);
    };
    // A fault is silent: what was last read stands until the folder is back.
    return watchFolder({ path, whenLost, looked, fault: () => {} }, stop);
  });
}

function parseAll<T>(
  files: ReadonlyMap<string, Document>,
  parse: (name: string, value: unknown) => T | null,
): Map<string, T> {
  const entries = [...files]
    .sort(([a], [b]) => compareIds(a, b))
    .flatMap(([name, document]): [string, T][] => {
      const entry = ID_PATTERN.test(name) && 'value' in document ? parse(name, document.value) : null;
      return entry === null ? [] : [[name, entry]];
    });
  return new Map(entries);
}
