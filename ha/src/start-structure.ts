import { errorMessage, type Logger } from '@muster/membership';
import { loadStructure, restoreStructure, type StructureFiles } from './render/load.js';
import type { Structure } from './render/structure.js';
import type { LastGood } from './state/last-good.js';

/** What to start with. */
export interface StartStructure {
  /** The structure that was accepted last; on the first start the one on disk. */
  readonly accepted: Structure;
  /** The one on disk, when it is another and has yet to be proved. */
  readonly candidate: Structure | null;
  /** Why the one on disk cannot be used, or null. */
  readonly fault: string | null;
}

/** Reads both. A fault in the files on disk is no reason to stop while an accepted structure is known; else it rejects. */
export async function startStructure(
  files: StructureFiles,
  lastGood: LastGood | null,
  logger: Logger,
): Promise<StartStructure> {
  const accepted = restore(files, lastGood, logger);
  try {
    const fromDisk = await loadStructure(files);
    if (!accepted || accepted.revision === fromDisk.revision) {
      return { accepted: fromDisk, candidate: null, fault: null };
    }
    return { accepted, candidate: fromDisk, fault: null };
  } catch (error) {
    if (!accepted) throw error;
    return { accepted, candidate: null, fault: errorMessage(error) };
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
