import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One process for certain: a pid is used again after its end, but not together with its start time. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the system words it: clock ticks since boot on Linux, `ps -o lstart` elsewhere. */
  readonly started: string;
}

/** The identity of a running process, or null when there is none (a zombie counts as ended). */
export function identify(pid: number): ProcessIdentity | null {
  const started = process.platform === 'linux' ? startedFromProc(pid) : startedFromPs(pid);
  return started === null ? null : { pid, started };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** The direct children of a process, in ascending order; none when it has ended. */
export function childrenOf(pid: number): readonly number[] {
  return (childrenFromProc(pid) ?? childrenFromPs(pid)).sort((a, b) => a - b);
}

/** Processes that were started with `mark` (`NAME=value`) in their environment; Linux only, none elsewhere. */
export function processesWith(mark: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environOf(pid).includes(mark)).map(Number);
}

/** Signals a process, or a whole group with a negative pid; an ended one is fine. Says whether anything was there. */
export function signalIfThere(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/**
 * Whether anything of the process group runs that this process led. A pid is not given out again while a group has it,
 * so a group whose leader ended is still the same one; a leader with another start time is a stranger.
 */
export function groupLives(leader: ProcessIdentity): boolean {
  const now = identify(leader.pid);
  if (now) return now.started === leader.started;
  return signalIfThere(-leader.pid, 0);
}

function startedFromProc(pid: number): string | null {
  try {
    // The name in brackets may hold spaces and brackets: the fields are counted from the last one (proc(5), stat).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function startedFromPs(pid: number): string | null {
  return ps(['-o', 'lstart=', '-p', String(pid)]).trim() || null;
}

function environOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It ended, or is somebody else's.
    return [];
  }
}

function childrenFromProc(pid: number): number[] | null {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
    return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  } catch {
    return null;
  }
}

function childrenFromPs(pid: number): number[] {
  const rows = ps(['-A', '-o', 'pid=,ppid=']).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child ? [child] : []));
}

function ps(args: readonly string[]): string {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
