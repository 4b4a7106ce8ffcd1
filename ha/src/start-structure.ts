import { errorMessage, type Logger } from '@muster/membership';
import { loadStructure, restoreStructure, type StructureFiles } from './render/load.js';
import type { Structure } from './render/structure.js';
import type { LastGood } from './state/last-good.js';

/** What to start with: the structure on disk, the one accepted last, or both. */
export interface StartStructure {
  readonly fromDisk: Structure | null;
  /** Why the one on disk cannot be used, or null. */
  readonly fault: string | null;
  readonly accepted: Structure | null;
}

/** Reads both; a fault in the files on disk is no reason to stop while an accepted structure is known. */
export async function startStructure(
  files: StructureFiles,
  lastGood: LastGood | null,
  logger: Logger,
): Promise<StartStructure> {
  const accepted = restore(files, lastGood, logger);
  try {
    return { fromDisk: await loadStructure(files), fault: null, accepted };
  } catch (error) {
    if (!accepted) throw error;
    return { fromDisk: null, fault: errorMessage(error), accepted };
  }
}

function restore(files: StructureFiles, lastGood: LastGood | null, logger: Logger): Structure | null {
  if (!lastGood?.structure) return null;
  try {
    return restoreStructure(lastGood.structure, files.site);
  } catch (error) {
    logger.warn({ reason: errorMessage(error) }, 'last good structure unusable');
    return null;
  }
}
