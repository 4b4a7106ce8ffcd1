import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errorCode, errorMessage, MusterError } from '@muster/membership';

/** The workers of one master, by what their titles say (nginx source, `ngx_setproctitle`). */
export interface Workers {
  /** They take new connections. */
  readonly serving: readonly number[];
  /** Of earlier reloads: they close their listening sockets and end with their last request. */
  readonly leaving: readonly number[];
}

const MASTER = 'nginx: master process';
const WORKER = 'nginx: worker process';
const LEAVING = 'nginx: worker process is shutting down';

/** The pid in NGINX's pid file, when a master runs under it; else null. Rejects with `balancer-unreadable`. */
export async function masterPid(pidFile: string): Promise<number | null> {
  const pid = Number(await textOf(pidFile));
  return pid > 0 && (await isMaster(pid)) ? pid : null;
}

/** The pid of the master that runs under a pid file. Rejects with `balancer-unreachable` when there is none. */
export async function runningMaster(pidFile: string): Promise<number> {
  const master = await masterPid(pidFile);
  if (master !== null) return master;
  throw new MusterError('balancer-unreachable', `no NGINX runs under the pid of ${pidFile}`, { retryable: true });
}

/** The workers of a master. Linux only (`proc(5)`, `/proc/pid/task/tid/children`). Rejects with `balancer-unreadable`. */
export async function workersOf(master: number): Promise<Workers> {
  const list = `/proc/${master}/task/${master}/children`;
  const children = (await readFile(list, 'utf8').catch(unreadable(list))).split(' ').map(Number).filter(Boolean);
  const titles = await Promise.all(children.map(async (pid) => [pid, await titleOf(pid)] as const));
  const workers = titles.filter(([, title]) => title.startsWith(WORKER));
  return {
    serving: workers.filter(([, title]) => !title.startsWith(LEAVING)).map(([pid]) => pid),
    leaving: workers.filter(([, title]) => title.startsWith(LEAVING)).map(([pid]) => pid),
  };
}

/**
 * Inodes of all sockets that a process holds; none when it is gone. Throws `balancer-unreadable`. Synchronous, because
 * links in /proc are memory: a turn through the thread pool costs three times what they do, for each of them.
 */
export function socketInodes(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const unlessGone = <T>(path: string, read: () => T): T | null => {
    try {
      return read();
    } catch (cause) {
      // Of one that has just ended only its owner may see the descriptors, which are none.
      if (!isGone(cause) && !hasEnded(pid)) unreadable(path)(cause);
      return null;
    }
  };
  const descriptors = unlessGone(folder, () => readdirSync(folder)) ?? [];
  return descriptors.flatMap((one) => {
    const link = unlessGone(`${folder}/${one}`, () => readlinkSync(`${folder}/${one}`)) ?? '';
    return /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [];
  });
}

/** Whether a process is a master of NGINX. Rejects with `balancer-unreadable`. */
export async function isMaster(pid: number): Promise<boolean> {
  return (await titleOf(pid)).startsWith(MASTER);
}

/** Whether a process is a worker of NGINX, serving or leaving. Rejects with `balancer-unreadable`. */
export async function isWorker(pid: number): Promise<boolean> {
  return (await titleOf(pid)).startsWith(WORKER);
}

/** Of one that has ended, but that its master has not waited for yet, the title is empty. */
function hasEnded(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '';
  } catch (cause) {
    return isGone(cause);
  }
}

async function titleOf(pid: number): Promise<string> {
  return textOf(`/proc/${pid}/cmdline`);
}

/**
 * Turns a fault of reading `path` into `balancer-unreadable`: what cannot be counted must not be taken for nothing, or a
 * leave would be acknowledged with requests open.
 */
export function unreadable(path: string): (cause: unknown) => never {
  return (cause) => {
    const hint = "NGINX must run as the watcher's user, in its pid namespace, from a binary without file capabilities";
    throw new MusterError('balancer-unreadable', `reading ${path} failed: ${errorMessage(cause)}; ${hint}`, {
      retryable: true,
      cause,
    });
  };
}

function isGone(cause: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes(errorCode(cause) ?? '');
}

/**
 * The text of a file in /proc, or of a pid file. Empty when there is none: processes come and go while we look. Rejects
 * with `balancer-unreadable` for any other reason, such as too many open files.
 */
export async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => (isGone(cause) ? '' : unreadable(path)(cause)));
}
