import { rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunDir } from '../run-dir.js';

/** Removes a run directory, and the folder of this user's clusters when it was the last one. */
export function removeRunDir(dir: RunDir): void {
  // Retries: a process that is just ending may still write into it.
  rmSync(dir.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  try {
    rmdirSync(dirname(dir.path));
  } catch {
    // Other clusters are in it.
  }
}
