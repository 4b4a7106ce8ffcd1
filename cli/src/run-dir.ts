import { accessSync, constants, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MusterError } from '@muster/membership';

/** A unix socket's path has 104–108 bytes (`sun_path`); HAProxy adds a suffix of its own while it starts. */
const MAX_RUN_DIR_LENGTH = 70;

/** Where everything of one local cluster is; removed as a whole when the cluster stops. */
export interface RunDir {
  readonly path: string;
  readonly registry: string;
  readonly log: string;
  readonly state: string;
  /** RUN_DIR of the watcher: the balancer's config, its sockets and the API's token. */
  readonly ha: string;
  readonly token: string;
  readonly controlSocket: string;
  readonly sessionSecret: string;
  /** Who owns the cluster and which ports it uses. */
  readonly owner: string;
}

export function runDirAt(path: string): RunDir {
  const ha = join(path, 'ha');
  return {
    path,
    ha,
    registry: join(path, 'registry'),
    log: join(path, 'log'),
    state: join(path, 'state'),
    token: join(ha, 'token'),
    controlSocket: join(path, 'up.sock'),
    sessionSecret: join(path, 'session-secret'),
    owner: join(path, 'cluster.json'),
  };
}

/**
 * Folders that may hold this user's clusters, best first: XDG_RUNTIME_DIR, then tmpfs (a config is written on every
 * membership change), then the temporary folder.
 */
export function clusterRoots(env: NodeJS.ProcessEnv): readonly string[] {
  const bases = [env.XDG_RUNTIME_DIR, '/dev/shm', tmpdir()].filter((base) => base !== undefined && isUsable(base));
  return [...new Set(bases)].map((base) => join(base ?? '', `muster-${userId()}`));
}

/**
 * The folder under which a new cluster makes its run directory.
 * @throws `run-dir-unusable` when there is no place.
 */
export function clusterRoot(env: NodeJS.ProcessEnv): string {
  const root = clusterRoots(env).find((path) => join(path, '65535').length <= MAX_RUN_DIR_LENGTH);
  if (root) return root;
  const message = 'no writable XDG_RUNTIME_DIR, /dev/shm or TMPDIR with a path under 50 characters';
  throw new MusterError('run-dir-unusable', `cannot make a run directory: ${message}`);
}

/**
 * The same, made with mode 700 if need be.
 * @throws `run-dir-unsafe` when somebody else made it first.
 */
export function ensureClusterRoot(env: NodeJS.ProcessEnv): string {
  const root = clusterRoot(env);
  makePrivateDirectory(root);
  return root;
}

/** Makes a folder that only this user can enter, or checks that the one there is such a folder. */
export function makePrivateDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new MusterError('run-dir-unusable', `cannot make the run directory ${path}: ${(thrown as Error).message}`, {
        cause: thrown,
      });
    }
  }
  const problem = whyUnsafe(path);
  if (problem)
    throw new MusterError(
      'run-dir-unsafe',
      `cannot use the run directory ${path}: ${problem}. Remove it, or set XDG_RUNTIME_DIR to a folder of your own`,
    );
}

/** Run directories of this user's clusters, dead or alive, with their API ports. Unsafe ones are not looked into. */
export function listRunDirs(env: NodeJS.ProcessEnv): readonly { readonly apiPort: number; readonly dir: RunDir }[] {
  return clusterRoots(env).flatMap((root) => {
    if (whyUnsafe(root)) return [];
    const ports = readdirSync(root)
      .filter((name) => /^\d{1,5}$/.test(name))
      .map(Number);
    return ports.sort((a, b) => a - b).map((apiPort) => ({ apiPort, dir: runDirAt(join(root, String(apiPort))) }));
  });
}

function whyUnsafe(path: string): string | null {
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (!info) return 'it does not exist';
  if (info.isSymbolicLink()) return 'it is a symbolic link';
  if (!info.isDirectory()) return 'it is not a folder';
  if (info.uid !== userId()) return `it belongs to user ${info.uid}`;
  if ((info.mode & 0o077) !== 0) return 'other users can enter it';
  return null;
}

function isUsable(base: string): boolean {
  try {
    accessSync(base, constants.W_OK | constants.X_OK);
    return dirname(base) !== base;
  } catch {
    return false;
  }
}

function userId(): number {
  return process.getuid?.() ?? 0;
}
