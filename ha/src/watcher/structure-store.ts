import { dirname } from 'node:path';
import { errorMessage } from '@muster/membership';
import { watch } from 'chokidar';
import { loadStructure, type StructureFiles } from '../render/load.js';
import type { Structure } from '../render/structure.js';

/** Editors write in several steps: one read follows the last of them. */
const SETTLE_MS = 50;

export interface StructureStoreOptions {
  readonly files: StructureFiles;
  /** What the balancer was started with, or accepted last. */
  readonly accepted: Structure;
  /** A newer one that was read at start, not yet proved. */
  readonly candidate: Structure | null;
  /** Poll instead of inotify, for file systems without events (Docker Desktop); ms, or null. */
  readonly pollMs: number | null;
  readonly onCandidate: () => void;
  readonly onRefused: (reason: string) => void;
}

/** The accepted structure, and at most one candidate for the next. A candidate that fails leaves the accepted one untouched. */
export interface StructureStore {
  readonly accepted: Structure;
  readonly candidate: Structure | null;
  /** `structure` is proved to run. A newer candidate, read meanwhile, stays one. */
  accept(structure: Structure): void;
  /** Without a `structure`: what is on disk could not even be read. */
  refuse(reason: string, structure?: Structure): void;
  /** Why the newest edit is not in force, or null. */
  readonly problem: string | null;
  /** Follows the files until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createStructureStore(options: StructureStoreOptions): StructureStore {
  let { accepted, candidate } = options;
  let problem: string | null = null;

  const refuse = (reason: string, structure?: Structure) => {
    if (structure === undefined || candidate === structure) candidate = null;
    problem = reason;
    options.onRefused(reason);
  };

  async function reread(): Promise<void> {
    try {
      const next = await loadStructure(options.files);
      problem = null;
      candidate = next.revision === accepted.revision ? null : next;
      options.onCandidate();
    } catch (error) {
      refuse(errorMessage(error));
    }
  }

  return {
    get accepted() {
      return accepted;
    },
    get candidate() {
      return candidate;
    },
    get problem() {
      return problem;
    },
    accept(structure) {
      accepted = structure;
      if (candidate?.revision === structure.revision) candidate = null;
    },
    refuse,
    run: (signal) => followFiles(options, reread, signal),
  };
}

async function followFiles(
  { files, pollMs, onRefused }: StructureStoreOptions,
  reread: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  // The settings file's folder is watched, because a file that is replaced or made later is else missed.
  const paths = [files.templateDir, ...(files.settingsFile === null ? [] : [dirname(files.settingsFile)])];
  const wanted = (path: string) =>
    paths.includes(path) ||
    path === files.settingsFile ||
    (path.startsWith(files.templateDir) && path.endsWith('.hbs'));
  const watcher = watch(paths, {
    ignoreInitial: true,
    depth: 0,
    ignored: (path, stats) => stats?.isFile() === true && !wanted(path),
    ...(pollMs === null ? {} : { usePolling: true, interval: pollMs }),
  });
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      reading = reading.then(reread);
    }, SETTLE_MS);
  };
  watcher.on('all', (_event, path) => {
    if (path !== files.settingsFile && !path.endsWith('.hbs')) return;
    later();
  });
  // Without a file watch live edits are lost, the cluster is not.
  watcher.on('error', (error) => onRefused(`following templates and settings failed: ${errorMessage(error)}`));
  // What was edited before the watch stood is read now.
  watcher.on('ready', later);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearTimeout(timer);
  await watcher.close();
  await reading;
}
