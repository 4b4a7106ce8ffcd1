import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { sharedNowMs } from './load-report.js';

/** One JSON line of a log. */
export interface LogLine {
  readonly level?: number;
  readonly msg?: string;
  readonly time?: string;
  readonly pid?: number;
  readonly command?: unknown;
  readonly [field: string]: unknown;
}

/** Lines of a log file from byte `from` on; lines that are no JSON are left out. */
export function logLines(file: string, from = 0): LogLine[] {
  return readFrom(file, from)
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as LogLine];
      } catch {
        return [];
      }
    });
}

/** Size of a log now: the mark for `logLines(…, from)`. */
export function logSize(file: string): number {
  return statSync(file).size;
}

function readFrom(file: string, from: number): string {
  if (from === 0) return readFileSync(file, 'utf8');
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - from));
    readSync(handle, bytes, 0, bytes.length, from);
    return bytes.toString('utf8');
  } finally {
    closeSync(handle);
  }
}

/** One request that reached an echo app (test/support/apps/echo-app.mjs). */
export interface Arrival {
  readonly member: string;
  /** Wall-clock ms, comparable with an event's `at` on the same machine. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly request?: string;
}

/** Every request that reached an echo app of the cluster. */
export function arrivals(file: string): Arrival[] {
  return logLines(file) as unknown as Arrival[];
}

/** When an event was recorded, on the clock of `sharedNowMs`; exact to a millisecond, never too early. */
export function eventTimeMs(event: { readonly at: string }): number {
  return Date.parse(event.at) + 1 + (sharedNowMs() - Date.now());
}
