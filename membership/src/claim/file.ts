import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errors.js';
import { type Document, readDocument, removeDocument } from '../file/document.js';
import { memberFolder, SUFFIX } from '../file/paths.js';
import { type Claimed, isRival, type Place } from './place.js';

/** Takes the files of others at our place out of the registry; gives their ids. */
export async function claimInFiles(dir: string, place: Place, signal: AbortSignal): Promise<string[]> {
  const folder = memberFolder(dir, place.service);
  const rivals: string[] = [];
  for (const name of (await namesIn(folder)).sort()) {
    if (!name.endsWith(SUFFIX)) continue;
    const entry = entryOf(readDocument(join(folder, name)));
    if (!entry || !isRival(entry, place)) continue;
    await removeDocument(join(folder, name), signal);
    rivals.push(String(entry.id));
  }
  return rivals;
}

/** Nobody has joined yet where there is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

function entryOf(document: Document | null): Claimed | null {
  if (document === null || 'problem' in document) return null;
  const { value } = document;
  return typeof value === 'object' && value !== null ? (value as Claimed) : null;
}
