import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../errors.js';
import { readDocument, removeDocument } from '../file/document.js';
import { memberFolder, SUFFIX } from '../file/paths.js';
import { type Claimed, isRival, type Place, removeEach } from './place.js';

interface Entry extends Claimed {
  readonly path: string;
}

/** Takes the files of others at our place, of whatever service, out of the registry; gives them as `service/id`. */
export async function claimInFiles(dir: string, place: Place, signal: AbortSignal): Promise<string[]> {
  const members = dirname(memberFolder(dir, place.service));
  const rivals: Entry[] = [];
  for (const service of await namesIn(members)) {
    for (const name of await namesIn(join(members, service))) {
      if (!name.endsWith(SUFFIX)) continue;
      const entry = readEntry(service, join(members, service, name));
      if (entry && isRival(entry, place)) rivals.push(entry);
    }
  }
  return removeEach(rivals, async ({ path, service }) => {
    // Read again: its member may have moved meanwhile.
    const entry = readEntry(service, path);
    if (!entry || !isRival(entry, place)) return false;
    await removeDocument(path, signal);
    return true;
  });
}

/** Sorted. Nobody has joined yet where there is no folder, and what is a file holds no members. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(thrown) ?? '')) return [];
    throw thrown;
  }
}

function readEntry(service: unknown, path: string): Entry | null {
  const document = readDocument(path);
  if (document === null || 'problem' in document) return null;
  const { value } = document;
  // The folder says which service it is of.
  return typeof value === 'object' && value !== null ? { ...(value as Claimed), service, path } : null;
}
