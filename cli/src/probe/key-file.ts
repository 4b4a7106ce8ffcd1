import { readFileSync, writeFileSync } from 'node:fs';
import { errorMessage, MusterError } from '@muster/membership';
import { z } from 'zod';

const schema = z.object({
  strategy: z.string(),
  /** Weight by member. */
  members: z.record(z.string(), z.number().nonnegative()),
  /** Member by key. */
  keys: z.record(z.string(), z.string()),
});

/** Where the keys of a run went: written by `--keys`, read by `--compare`. */
export type KeyFile = Readonly<z.infer<typeof schema>>;

/** Sorted, so that two files can be compared by eye. @throws `keys-unwritable`. */
export function writeKeyFile(path: string, { strategy, members, keys }: KeyFile): void {
  const text = JSON.stringify({ strategy, members: sorted(members), keys: sorted(keys) }, null, 1);
  try {
    writeFileSync(path, `${text}\n`);
  } catch (cause) {
    throw new MusterError('keys-unwritable', `cannot write the keys to ${path}: ${errorMessage(cause)}`, { cause });
  }
}

/** @throws `keys-unreadable`, also for a file of something else. */
export function readKeyFile(path: string): KeyFile {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? 'it was not written by --keys' : errorMessage(cause);
    throw new MusterError('keys-unreadable', `cannot compare with ${path}: ${why}`, { cause });
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
