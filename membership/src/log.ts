import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';

export type { Logger };

const STDOUT = 1;

/**
 * JSON log lines on stdout: a fixed message, details as fields. info = something changed, debug = nothing did. Written at
 * once, so that a killed process has written what it logged. A line that cannot be written is dropped: pino's own
 * destination waits for space on a full disk, and the cluster with it.
 */
export function createLogger(name: string, level: string): Logger {
  const options = { name, level, base: { name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, { write: writeOrDrop });
}

function writeOrDrop(line: string): void {
  const bytes = Buffer.from(line);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(STDOUT, bytes, written);
  } catch {
    // Nobody can be told.
  }
}
