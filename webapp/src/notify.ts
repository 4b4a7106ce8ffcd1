import { closeSync, writeSync } from 'node:fs';

/**
 * Tells the supervisor that we are ready: a newline on its descriptor, then close it (s6, "Service startup notifications").
 * @throws Error when the descriptor is not open: the supervisor would wait for ever.
 */
export function notifyReady(fd: number): void {
  try {
    writeSync(fd, '\n');
    closeSync(fd);
  } catch (cause) {
    throw new Error(`cannot report readiness on descriptor ${fd}: is it open, and is NOTIFY_FD right?`, { cause });
  }
}
