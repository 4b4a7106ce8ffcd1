import { existsSync } from 'node:fs';
import { eventually } from '../eventually.js';
import { sharedNowMs } from '../load-report.js';

/** Resolves with the time (`sharedNowMs`) at which a process of this host has gone. */
export function whenGone(pid: number, deadlineMs = 30_000): Promise<number> {
  const look = (): number => {
    if (existsSync(`/proc/${pid}`)) throw new Error(`process ${pid} still runs`);
    return sharedNowMs();
  };
  return eventually(look, deadlineMs, 2);
}
