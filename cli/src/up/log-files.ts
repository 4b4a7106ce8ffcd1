import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

const TAIL_BYTES = 16_384;
const MAX_LOG_BYTES = 32 * 1024 * 1024;
const TRIM_EVERY_MS = 30_000;

/** The last lines of a log file; empty when there is none. */
export function lastLines(file: string, count: number): readonly string[] {
  try {
    const log = openSync(file, 'r');
    try {
      const { size } = fstatSync(log);
      const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(log, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString().split('\n').filter(Boolean).slice(-count);
    } finally {
      closeSync(log);
    }
  } catch {
    return [];
  }
}

/** Empties log files that grow too large, every half minute: they are in memory where the run directory is tmpfs. */
export function keepLogsSmall(folder: string): { stop(): void } {
  const timer = setInterval(() => trim(folder), TRIM_EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}

/** The writers append, so an emptied file just starts over. */
function trim(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (statSync(file).size > MAX_LOG_BYTES) truncateSync(file);
    }
  } catch {
    // The folder is on its way out.
  }
}
