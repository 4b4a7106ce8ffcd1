import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * JSON log lines on stdout: a fixed message, details as fields. info = something changed, debug = nothing did.
 * `sync` is pino's default here, so that a killed process has written what it logged.
 */
export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, base: { name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime });
}
