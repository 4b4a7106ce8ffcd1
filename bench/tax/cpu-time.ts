import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processor time that these processes have used, in microseconds (first field of `/proc/<pid>/task/<tid>/schedstat`). It
 * hardly depends on what else the machine does, unlike a rate. Null where there is no /proc.
 */
export function cpuMicroseconds(pids: readonly number[]): number | null {
  try {
    const nanoseconds = pids.flatMap((pid) => {
      const tasks = readdirSync(`/proc/${pid}/task`);
      return tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]));
    });
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1_000;
  } catch {
    return null;
  }
}
