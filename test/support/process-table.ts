import { readdirSync, readFileSync } from 'node:fs';

/** A pid together with the start time that proves it is still the same process. */
export interface ProcessRef {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly started: string;
}

/** Signals a process, but never another one that has its pid by now. */
export function signalRef(ref: ProcessRef, signal: NodeJS.Signals): void {
  if (readProcess(ref.pid)?.started !== ref.started) return;
  try {
    process.kill(ref.pid, signal);
  } catch {
    // It ended between the check and the signal.
  }
}

/** Every process that runs now, by pid. */
export function processTable(): Map<number, ProcessRef> {
  const table = new Map<number, ProcessRef>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const one = readProcess(Number(name));
    if (one) table.set(one.pid, one);
  }
  return table;
}

/** proc(5), `/proc/pid/stat`: state is field 3, the parent field 4, the start time field 22; a zombie counts as ended. */
function readProcess(pid: number): ProcessRef | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return { pid, parent: Number(fields[1]), group: Number(fields[2]), started: fields[19] ?? '' };
  } catch {
    return null;
  }
}
