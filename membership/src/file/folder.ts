import { lstatSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { backoff, sleep } from '../clock.js';
import { MusterError } from '../errors.js';
import { type Document, readDocument, registryFault } from './document.js';
import { createHints, type Hints } from './hints.js';
import { SUFFIX } from './paths.js';

/** One watched folder of `<name>.json` files. */
export interface FolderOptions {
  readonly path: string;
  /** Whether a folder that disappears is made again, or is a fault until somebody else makes it. */
  readonly whenLost: 'create' | 'fault';
  /** Called with the whole content after every look, whether or not it changed; a file that did not keeps its object. */
  readonly looked: (files: ReadonlyMap<string, Document>) => void;
  /** Called when the folder cannot be watched; `looked` is called again after it is back. */
  readonly fault: (error: MusterError) => void;
  /** When the caller wants the next look at the latest, in milliseconds from now. */
  readonly dueInMs?: () => number;
}

interface SeenFile {
  readonly stamp: string;
  readonly document: Document;
}

/** A file watcher may lose an event; a look at all time stamps this often makes up for it. */
const RESCAN_MS = 1_000;

/** Watches the folder until `signal` aborts, through any fault. The folder is made when it is missing at the start. */
export async function watchFolder(options: FolderOptions, signal: AbortSignal): Promise<void> {
  const retry = backoff(50, 1_000);
  let create = true;
  while (!signal.aborted) {
    try {
      if (create) await mkdir(options.path, { recursive: true });
      await followFolder(options, signal, () => {
        retry.reset();
        create = options.whenLost === 'create';
      });
    } catch (thrown) {
      if (!signal.aborted) options.fault(registryFault('watch', options.path, thrown));
    }
    await sleep(retry.next(), signal);
  }
}

async function followFolder(options: FolderOptions, signal: AbortSignal, looked: () => void): Promise<void> {
  // chokidar gives absolute paths back, and `ignored` below compares them.
  const folder = resolve(options.path);
  const inode = (await stat(folder)).ino;
  const hints = createHints();
  const watcher = await openWatcher(folder, hints, signal);
  const seen = new Map<string, SeenFile>();
  try {
    hints.anything();
    for (;;) {
      const hint = await hints.take(Math.max(1, Math.min(RESCAN_MS, options.dueInMs?.() ?? RESCAN_MS)), signal);
      if (signal.aborted) return;
      const names = hint === 'anything' ? await changedNames(folder, seen) : [...hint];
      const gone = names.filter((name) => !refresh(folder, name, seen)).length > 0;
      // Files that are gone because their folder is gone have not left: look at the folder before believing it.
      if (gone || hint === 'anything') await assertSameFolder(folder, inode);
      if (signal.aborted) return;
      options.looked(new Map([...seen].map(([name, file]) => [name, file.document])));
      looked();
    }
  } finally {
    await watcher.close();
  }
}

/**
 * chokidar's own `change` events are not used: they come from a watch on each file, which loses changes that follow
 * another one within 5 ms and those between a rename and its new watch. Its `raw` events name the file for every rename
 * in the folder, and cost one inotify watch per folder.
 */
async function openWatcher(folder: string, hints: Hints, signal: AbortSignal): Promise<FSWatcher> {
  const ignored = (path: string) => path !== folder;
  const watcher = watch(folder, { ignoreInitial: true, atomic: false, depth: 0, followSymlinks: false, ignored });
  watcher.on('error', (error) => hints.broken(error));
  watcher.on('unlinkDir', () => hints.anything());
  watcher.on('raw', (_event, name) => {
    if (typeof name !== 'string' || name === basename(folder)) hints.anything();
    else if (name.endsWith(SUFFIX)) hints.file(name.slice(0, -SUFFIX.length));
  });
  await new Promise<void>((resolve) => {
    watcher.once('ready', resolve);
    watcher.once('error', () => resolve());
    if (signal.aborted) resolve();
  });
  return watcher;
}

/** Names that are new, gone, or have another time stamp than when they were read. */
async function changedNames(folder: string, seen: ReadonlyMap<string, SeenFile>): Promise<string[]> {
  const listed = (await readdir(folder)).filter((file) => file.endsWith(SUFFIX));
  const present = listed.map((file) => file.slice(0, -SUFFIX.length)).sort();
  const still = new Set(present);
  const gone = [...seen.keys()].filter((name) => !still.has(name));
  return [...gone, ...present.filter((name) => seen.get(name)?.stamp !== stampOf(folder, name))];
}

/** Reads one file again. False when it is gone. */
function refresh(folder: string, name: string, seen: Map<string, SeenFile>): boolean {
  // The stamp is taken first: if the file changes in between, the next rescan sees another stamp.
  const stamp = stampOf(folder, name);
  const document = readDocument(join(folder, name + SUFFIX));
  if (document) seen.set(name, { stamp, document });
  else seen.delete(name);
  return document !== null;
}

function stampOf(folder: string, name: string): string {
  const stats = lstatSync(join(folder, name + SUFFIX), { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.ino} ${stats.ctimeNs} ${stats.size}` : 'gone';
}

async function assertSameFolder(folder: string, inode: number): Promise<void> {
  if ((await stat(folder)).ino === inode) return;
  throw new MusterError('registry-replaced', `file registry: ${folder} was replaced by another folder`, {
    retryable: true,
  });
}
