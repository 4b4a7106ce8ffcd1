import { readFileSync } from 'node:fs';
import { MusterError } from '@muster/membership';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { withLock } from '../../bootstrap/lock.mjs';
import { ensureClusterRoot, listRunDirs, type RunDir } from '../run-dir.js';
import { identify, isAlive, type ProcessIdentity } from './process-info.js';

const LOCK_DEADLINE_MS = 15_000;
const LOCK_POLL_MS = 25;

const identitySchema = z.object({ pid: z.number().int().positive(), started: z.string() });

const ownerSchema = z.object({
  up: identitySchema,
  /** Cleans up after `up`: while it lives, the folder is still in use. */
  guardian: identitySchema.nullable(),
  ports: z.array(z.number().int()),
});

/** What `cluster.json` holds: who a run directory belongs to, and the ports its processes use. */
export type Owner = z.infer<typeof ownerSchema>;

/** This process, as others will look for it. */
export function ownIdentity(): ProcessIdentity {
  return identify(process.pid) ?? { pid: process.pid, started: 'unknown' };
}

/** The owner of a run directory, or null when there is none to be read. */
export function readOwner(dir: RunDir): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(dir.owner, 'utf8')));
  } catch {
    return null;
  }
}

/** In one step: who reads half an owner takes the cluster for gone. */
export function writeOwner(dir: RunDir, owner: Owner): void {
  writeFileAtomic.sync(dir.owner, JSON.stringify(owner), { fsync: false, mode: 0o600 });
}

/** Whether the cluster runs, is being cleaned up by its guardian, or is gone. */
export function ownerState(dir: RunDir): 'runs' | 'ends' | 'gone' {
  const owner = readOwner(dir);
  if (!owner) return 'gone';
  if (isAlive(owner.up)) return 'runs';
  return owner.guardian && isAlive(owner.guardian) ? 'ends' : 'gone';
}

/** Ports promised to this user's clusters that run or are ending. */
export function portsOfClusters(env: NodeJS.ProcessEnv): ReadonlySet<number> {
  const busy = listRunDirs(env).filter(({ dir }) => ownerState(dir) !== 'gone');
  return new Set(busy.flatMap(({ dir }) => readOwner(dir)?.ports ?? []));
}

/**
 * Runs `choose` while no other `muster up` of this user chooses ports: HAProxy binds with SO_REUSEPORT, so two clusters
 * could share a port without an error. `root` exists while it runs.
 * @throws `start-locked` when another start holds the lock for too long.
 */
export async function withStartLock<T>(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  choose: (root: string) => Promise<T>,
): Promise<T> {
  const options = {
    name: 'start-lock',
    folder: () => ensureClusterRoot(env),
    deadlineMs: LOCK_DEADLINE_MS,
    everyMs: LOCK_POLL_MS,
    busy: (lock: string) =>
      new MusterError('start-locked', `cannot start: another \`muster up\` is starting and holds ${lock}`),
    signal,
  };
  return withLock(options, choose);
}
