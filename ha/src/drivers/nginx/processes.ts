import { readdir, readFile, readlink } from 'node:fs/promises';
import { errorCode, errorMessage, MusterError } from '@muster/membership';

/** The workers of one master, by what their titles say (nginx source, `ngx_setproctitle`). */
export interface Workers {
  /** They take new connections. */
  readonly serving: readonly number[];
  /** Of earlier reloads: they close their listening sockets and end with their last request. */
  readonly leaving: readonly number[];
}

const WORKER = 'nginx: worker process';
const LEAVING = 'nginx: worker process is shutting down';

/** The pid in NGINX's pid file, when a master runs under it; else null. */
export async function masterPid(pidFile: string): Promise<number | null> {
  const pid = Number(await textOf(pidFile));
  return pid > 0 && (await titleOf(pid)).startsWith('nginx: master process') ? pid : null;
}

/** The same. Rejects with `balancer-unreachable` when there is none. */
export async function runningMaster(pidFile: string): Promise<number> {
  const master = await masterPid(pidFile);
  if (master !== null) return master;
  throw new MusterError('balancer-unreachable', `no NGINX runs under the pid of ${pidFile}`, { retryable: true });
}

/** Its children. Linux only (`proc(5)`, `/proc/pid/task/tid/children`). Rejects with `balancer-unreadable`. */
export async function workersOf(master: number): Promise<Workers> {
  const list = `/proc/${master}/task/${master}/children`;
  const children = (await readFile(list, 'utf8').catch(raise(list))).split(' ').map(Number).filter(Boolean);
  const titles = await Promise.all(children.map(async (pid) => [pid, await titleOf(pid)] as const));
  const workers = titles.filter(([, title]) => title.startsWith(WORKER));
  return {
    serving: workers.filter(([, title]) => !title.startsWith(LEAVING)).map(([pid]) => pid),
    leaving: workers.filter(([, title]) => title.startsWith(LEAVING)).map(([pid]) => pid),
  };
}

/**
 * Workers that still listen on `socketPath` although their master is gone: a master that was killed leaves them behind,
 * and they keep the ports from the next one.
 */
export async function orphansOf(socketPath: string): Promise<number[]> {
  const inodes = new Set(
    (await textOf('/proc/net/unix')).split('\n').flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      return fields[7] === socketPath ? [fields[6] ?? ''] : [];
    }),
  );
  const found: number[] = [];
  for (const pid of await straysOf()) {
    // Another user's is none of ours.
    if ((await socketInodes(pid).catch(() => [])).some((inode) => inodes.has(inode))) found.push(pid);
  }
  return found;
}

/** Workers of any NGINX whose master is gone. */
export async function straysOf(): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await entries('/proc')).map(Number).filter(Boolean)) {
    if ((await titleOf(pid)).startsWith(WORKER) && (await isOrphan(pid))) found.push(pid);
  }
  return found;
}

/** Inodes of all sockets that a process holds; none when it is gone. Rejects with `balancer-unreadable`. */
export async function socketInodes(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const unlessGone = async (cause: unknown, path: string) => {
    // Of one that has just ended only its owner may see the descriptors, which are none.
    if (!isGone(cause) && (await titleOf(pid)) !== '') raise(path)(cause);
    return null;
  };
  const descriptors = (await readdir(folder).catch((cause) => unlessGone(cause, folder))) ?? [];
  const paths = descriptors.map((one) => `${folder}/${one}`);
  const links = await Promise.all(paths.map((path) => readlink(path).catch((cause) => unlessGone(cause, path))));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1] ?? []);
}

async function isOrphan(pid: number): Promise<boolean> {
  const parent = Number(/^PPid:\s*(\d+)$/m.exec(await textOf(`/proc/${pid}/status`))?.[1] ?? 0);
  return !(await titleOf(parent)).startsWith('nginx: master process');
}

async function titleOf(pid: number): Promise<string> {
  return textOf(`/proc/${pid}/cmdline`);
}

/** What cannot be counted must not be taken for nothing: a leave would be acknowledged with requests open. */
export function raise(path: string): (cause: unknown) => never {
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

/** Empty when there is none: processes come and go while we look. */
async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function entries(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
