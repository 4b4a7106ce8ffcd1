import { mkdir } from 'node:fs/promises';
import { errorMessage, type Logger, MusterError } from '@muster/membership';
import type { HaConfig } from './config.js';
import { probeCapabilities } from './drivers/haproxy/capabilities.js';
import { type ConfigFile, configFile } from './drivers/haproxy/config-file.js';
import { desire } from './plan/desire.js';
import type { DesiredState } from './plan/desired.js';
import { type Structure, withSample } from './render/structure.js';
import { paths, siteOf } from './site.js';
import { startStructure } from './start-structure.js';
import { type LastGood, readLastGood } from './state/last-good.js';

/**
 * Writes the first config before HAProxy starts: the last good members in the structure on disk, or in the one accepted
 * last when that on disk is refused. A balancer that restarts while its registry is down serves all the same.
 */
export async function prepare(
  config: HaConfig,
  env: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): Promise<void> {
  await mkdir(config.runDir, { recursive: true, mode: 0o700 });
  const site = await siteOf(config, await probeCapabilities(config.haproxyBin));
  const lastGood = await readLastGood(paths(config).lastGood, logger);
  const { templateDir, settingsFile, services } = config;
  const { candidate, fault, accepted } = await startStructure(
    { templateDir, settingsFile, env, site },
    lastGood,
    logger,
  );
  const desired = lastDesired(
    lastGood,
    services.map(({ name }) => name),
  );
  const file = configFile(paths(config).config, config.haproxyBin);
  if (fault !== null) logger.warn({ reason: fault }, 'structure on disk refused: starting with the last good one');
  const structure = await firstThatWorks([candidate, accepted], desired, file, logger);
  file.write(structure.render(desired));
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
export function lastDesired(lastGood: LastGood | null, services: readonly string[]): DesiredState {
  const known = services.map((name) => [name, desiredOf(name, lastGood)] as const);
  return new Map(known);
}

function desiredOf(name: string, lastGood: LastGood | null) {
  const kept = lastGood?.services.get(name);
  if (!kept) return new Map();
  const servers =
    desire([{ backend: name, guarded: kept.guard, running: new Map() }], new Map()).get(name) ?? new Map();
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
  throw new MusterError('config-refused', `no config can be written for HAProxy: ${reason}`);
}
