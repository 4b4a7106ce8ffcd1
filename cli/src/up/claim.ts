import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, MusterError } from '@muster/membership';
import { pollUntil } from '../poll-until.js';
import { listRunDirs, makePrivateDirectory, type RunDir, runDirAt } from '../run-dir.js';
import { type GuardianLink, startGuardian } from './guardian-link.js';
import { type Owner, ownerState, ownIdentity, portsOfClusters, readOwner, withStartLock, writeOwner } from './owner.js';
import { choosePort, nextFreePort, type PortWish } from './ports.js';
import { removeRunDir } from './remove-run-dir.js';

const FIRST_APP_PORT = 3001;
const ENDING_DEADLINE_MS = 10_000;

export interface ClusterPorts {
  readonly public: number;
  readonly stats: number;
  readonly api: number;
}

/** What a starting cluster owns from now on. */
export interface Claim {
  readonly dir: RunDir;
  readonly ports: ClusterPorts;
  readonly guardian: GuardianLink;
  /** Ends the guardian and removes the run directory. */
  release(): Promise<void>;
  /** Free loopback ports for apps, no two clusters of this user get the same; `inUse` are this cluster's own. */
  appPorts(count: number, inUse: ReadonlySet<number>, signal: AbortSignal): Promise<readonly number[]>;
}

/**
 * Chooses the ports, makes the run directory and starts the guardian; folders of dead clusters are removed on the way.
 * @throws `port-busy`, `cluster-exists` and the errors of `run-dir.ts`.
 */
export async function claimCluster(
  wishes: Readonly<Record<keyof ClusterPorts, PortWish>>,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Claim> {
  await untilNoneEnds(env, signal);
  return withStartLock(env, signal, async (root) => {
    removeDeadClusters(env);
    const ports = await choosePorts(wishes, env);
    const dir = makeRunDir(join(root, String(ports.api)));
    const owner: Owner = { up: ownIdentity(), guardian: null, ports: Object.values(ports) };
    writeOwner(dir, owner);
    const guardian = await startGuardian(dir);
    writeOwner(dir, { ...owner, guardian: guardian.identity });
    return {
      dir,
      ports,
      guardian,
      release: () => release(dir, guardian),
      appPorts: (count, inUse, abort) => chooseAppPorts(dir, count, { inUse, env, fixed: owner.ports }, abort),
    };
  });
}

/** A cluster whose `up` was killed a moment ago still holds its ports: its guardian is about to free them. */
async function untilNoneEnds(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const noneEnds = () => listRunDirs(env).every(({ dir }) => ownerState(dir) !== 'ends');
  // One that takes longer keeps its ports, and others are chosen.
  await pollUntil(noneEnds, ENDING_DEADLINE_MS, signal);
}

function removeDeadClusters(env: NodeJS.ProcessEnv): void {
  for (const { dir } of listRunDirs(env)) if (ownerState(dir) === 'gone') removeRunDir(dir);
}

async function choosePorts(
  wishes: Readonly<Record<keyof ClusterPorts, PortWish>>,
  env: NodeJS.ProcessEnv,
): Promise<ClusterPorts> {
  const explicit = Object.values(wishes).filter((wish) => wish.explicit);
  const running = listRunDirs(env).find(
    ({ apiPort, dir }) => wishes.api.explicit && apiPort === wishes.api.port && ownerState(dir) === 'runs',
  );
  if (running) {
    const pid = readOwner(running.dir)?.up.pid;
    throw new MusterError(
      'cluster-exists',
      `cannot start: a cluster with API port ${running.apiPort} runs already (pid ${pid}). Stop it, or give another --api-port`,
    );
  }
  const taken = new Set(portsOfClusters(env));
  const chosen: { -readonly [name in keyof ClusterPorts]?: number } = {};
  // The ports that the user named first: no default may take one of them.
  const inOrder = (Object.keys(wishes) as (keyof ClusterPorts)[]).sort(
    (a, b) => Number(wishes[b].explicit) - Number(wishes[a].explicit),
  );
  if (new Set(explicit.map((wish) => wish.port)).size < explicit.length)
    throw new MusterError('port-busy', 'cannot start: --port, --api-port and --stats-port must differ');
  for (const name of inOrder) {
    chosen[name] = await choosePort(wishes[name], taken);
    taken.add(chosen[name]);
  }
  return { public: chosen.public ?? 0, stats: chosen.stats ?? 0, api: chosen.api ?? 0 };
}

async function chooseAppPorts(
  dir: RunDir,
  count: number,
  {
    inUse,
    env,
    fixed,
  }: { readonly inUse: ReadonlySet<number>; readonly env: NodeJS.ProcessEnv; readonly fixed: readonly number[] },
  signal: AbortSignal,
): Promise<readonly number[]> {
  return withStartLock(env, signal, async () => {
    const owner = readOwner(dir);
    if (!owner) throw new MusterError('run-dir-gone', `cannot add members: the run directory ${dir.path} was removed`);
    writeOwner(dir, { ...owner, ports: [...fixed, ...inUse] });
    const taken = new Set([...portsOfClusters(env), ...inUse]);
    const chosen: number[] = [];
    while (chosen.length < count) {
      const port = await nextFreePort(FIRST_APP_PORT, taken);
      taken.add(port);
      chosen.push(port);
    }
    writeOwner(dir, { ...owner, ports: [...fixed, ...inUse, ...chosen] });
    return chosen;
  });
}

async function release(dir: RunDir, guardian: GuardianLink): Promise<void> {
  await guardian.close();
  // The guardian has removed it, unless somebody killed the guardian.
  if (readOwner(dir)?.up.pid === process.pid) removeRunDir(dir);
}

function makeRunDir(path: string): RunDir {
  const dir = runDirAt(path);
  try {
    for (const folder of [dir.path, dir.registry, dir.log, dir.state, dir.ha]) makePrivateDirectory(folder);
    writeFileSync(dir.sessionSecret, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
    return dir;
  } catch (cause) {
    removeRunDir(dir);
    const message = `cannot start: making the run directory ${path} failed: ${errorMessage(cause)}; free space there, or set XDG_RUNTIME_DIR`;
    throw new MusterError('run-dir-failed', message, { cause });
  }
}
