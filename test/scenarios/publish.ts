import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Names } from './names.js';

/** Path below `logs/` → content. */
export type Recording = ReadonlyMap<string, string | Buffer>;

/** All of `logs/` is part of every clone. */
const MAX_BYTES = 1_500_000;

/** Why a recording must not be kept: what would give something away, or differ each time. Empty = it may. */
export function faultsOf(recording: Recording, names: Pick<Names, 'leaks'>): string[] {
  const leaks = [...recording].flatMap(([path, content]) =>
    typeof content === 'string' ? names.leaks(content).map((what) => `${path} holds ${what}`) : [],
  );
  const bytes = [...recording.values()].reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  return bytes > MAX_BYTES ? [...leaks, `${bytes} bytes are more than ${MAX_BYTES}`] : leaks;
}

/** Puts a whole recording in the place of the one before; folders whose name `own` matches are this scenario's. */
export function publish(recording: Recording, logs: string, own: RegExp): void {
  for (const name of readdirSync(logs)) {
    if (own.test(name)) rmSync(join(logs, name), { recursive: true });
  }
  for (const [path, content] of recording) {
    mkdirSync(dirname(join(logs, path)), { recursive: true });
    writeFileSync(join(logs, path), content);
  }
}
