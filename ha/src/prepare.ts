import { mkdir, rm } from 'node:fs/promises';
import { errorMessage, type Logger, MusterError } from '@muster/membership';
import type { HaConfig } from './config.js';
import type { ConfigFile } from './drivers/config-file.js';
import { openBalancer } from './open-balancer.js';
import { desire } from './plan/desire.js';
import type { DesiredState } from './plan/desired.js';
import { type Structure, withSample } from './render/structure.js';
import { lastGoodPath, siteOf } from './site.js';
import { startStructure } from './start-structure.js';
import { type LastGood, readLastGood } from './state/last-good.js';

/**
 * Writes the first config before the balancer starts: the last good members in the structure on disk, or in the one accepted
 * last when that on disk is refused. A balancer that restarts while its registry is down serves all the same.
 */
export async function prepare(
  config: HaConfig,
  env: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): Promise<void> {
  await mkdir(config.runDir, { recursive: true, mode: 0o700 });
  const { dialect, file, socket } = await openBalancer(config);
  const site = siteOf(config, dialect);
  const lastGood = await readLastGood(lastGoodPath(config), logger);
  const { templateDir, settingsFile, services } = config;
  const { candidate, fault, accepted } = await startStructure(
    { templateDir, settingsFile, env, site },
    lastGood,
    logger,
  );
  const desired = lastDesired(
    lastGood,
    services.map(({ name }) => name),
    (candidate ?? accepted).ringWeight,
  );
  if (fault !== null) logger.warn({ reason: fault }, 'structure on disk refused: starting with the last good one');
  const structure = await firstThatWorks([candidate, accepted], desired, file, logger);
  file.write(structure.render(desired));
  // NGINX does not start where a crash, or its own check, has left one.
  await rm(socket, { force: true });
  logger.info(
    {
      path: file.path,
      revision: structure.revision,
      servers: [...desired.values()].reduce((sum, one) => sum + one.size, 0),
    },
    'first config written',
  );
}

/** The servers of the last good state: served ones ready, leaving or drained ones with weight 0. */
export function lastDesired(
  lastGood: LastGood | null,
  services: readonly string[],
  ringWeight: number | null,
): DesiredState {
  const known = services.map((name) => [name, desiredOf(name, lastGood, ringWeight)] as const);
  return new Map(known);
}

function desiredOf(name: string, lastGood: LastGood | null, ringWeight: number | null) {
  const kept = lastGood?.services.get(name);
  if (!kept) return new Map();
  const input = { backend: name, guarded: kept.guard, running: new Map(), weights: kept.weights };
  const servers = desire([input], new Map(), ringWeight).get(name) ?? new Map();
  const drained = new Set(kept.draining);
  return new Map(
    [...servers].map(([id, server]) => [id, drained.has(id) ? { ...server, admin: 'drain' as const } : server]),
  );
}

async function firstThatWorks(
  structures: readonly (Structure | null)[],
  desired: DesiredState,
  file: ConfigFile,
  logger: Logger,
): Promise<Structure> {
  let reason = 'no structure';
  for (const structure of structures) {
    if (!structure) continue;
    try {
      await file.check(structure.render(withSample(desired, structure.services)), AbortSignal.timeout(20_000));
      return structure;
    } catch (error) {
      reason = errorMessage(error);
      logger.warn({ revision: structure.revision, reason }, 'structure refused');
    }
  }
  throw new MusterError('config-refused', `no config can be written: ${reason}`);
}
