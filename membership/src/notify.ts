import { closeSync, writeSync } from 'node:fs';
import { errorMessage } from './errors.js';
import type { Logger } from './log.js';

/** Readiness notification of s6: a newline on the descriptor that its `notification-fd` names, which is then closed. */
export function notifyReady(fd: number, log: Logger): void {
  try {
    writeSync(fd, '\n');
    closeSync(fd);
  } catch (thrown) {
    log.warn({ fd, error: errorMessage(thrown) }, 'NOTIFY_FD could not be written');
  }
}
