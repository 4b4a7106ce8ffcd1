import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './run.mjs';

/** Debian keeps daemons in the sbin folders, which are missing from an ordinary user's PATH. */
export const SEARCH_PATH = [process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin'].join(path.delimiter);

/**
 * @param {string} name
 * @param {string | undefined} override the value of the `…_BIN` setting: when set, nothing else is looked at
 * @returns {string | undefined}
 */
export function findBinary(name, override) {
  if (override) {
    if (isExecutable(override)) return path.resolve(override);
    throw new BootstrapError(`${name.toUpperCase()}_BIN is ${override}, which is not an executable file`);
  }
  const folders = SEARCH_PATH.split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
