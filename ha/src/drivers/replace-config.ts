import { newBinds, testBinds } from './binds.js';
import type { ConfigFile } from './config-file.js';

/** What a reload installs. */
export interface Candidate {
  readonly text: string;
  /** What the balancer's program judges: `text` with sample servers, so that the server fragment is validated too. */
  readonly checked: string;
}

/** How one balancer takes a new config file. `Running` is what it must know of the workers that run before. */
export interface Reloading<Running> {
  readonly file: ConfigFile;
  readonly candidate: Candidate;
  /** What runs. Rejects when nothing does: then nothing is changed. */
  look(signal: AbortSignal): Promise<Running>;
  /** Makes the balancer load the file, and proves that new workers run it. */
  load(before: Running, signal: AbortSignal): Promise<void>;
  /** Called after a fault, with the old file in its place: undoes what else `load` may have done. Its own fault is not told. */
  undo(before: Running): void;
}

/**
 * A structural change, all or nothing (the same for every balancer): check → test-bind → replace the file → load it →
 * proof. On any fault the old file is put back, the old workers stay, and the error says why.
 */
export async function replaceConfig<Running>(options: Reloading<Running>, signal: AbortSignal): Promise<void> {
  const { file, candidate } = options;
  await file.check(candidate.checked, signal);
  const previous = await file.read();
  await testBinds(newBinds(previous ?? '', candidate.text));
  const before = await options.look(signal);
  file.write(candidate.text);
  try {
    await options.load(before, signal);
  } catch (error) {
    if (previous !== null) {
      file.write(previous);
      undoQuietly(options, before);
    }
    throw error;
  }
}

/** Why the config was not loaded is what whoever asked must know; what cannot be undone has most often ended. */
function undoQuietly<Running>({ undo }: Reloading<Running>, before: Running): void {
  try {
    undo(before);
  } catch {
    // See above.
  }
}
