import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { errorCode, errorMessage, MusterError } from '../errors.js';

/** What one file of the registry holds: any JSON value, or the reason why it holds none. */
export type Document = { readonly value: unknown } | { readonly problem: string };

/** A member's entry takes less than 1 kB without tags; this bounds what a hostile file costs. */
const MAX_BYTES = 65_536;

/**
 * Reads one file, following no link and waiting for no pipe. `null` when there is no such file. Synchronous, as is
 * writing: the files are small and local, and a trip through Node's thread pool per system call takes ten times longer.
 */
export function readDocument(path: string): Document | null {
  try {
    return readBounded(path);
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') return { problem: 'is a symbolic link' };
    return { problem: thrown instanceof SyntaxError ? 'is not JSON' : `cannot be read (${code ?? 'unknown fault'})` };
  }
}

function readBounded(path: string): Document {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return { problem: 'is not a regular file' };
    if (stats.size > MAX_BYTES) return { problem: `is larger than ${MAX_BYTES} bytes` };
    // Never more than the size that was checked, even when the file grows meanwhile.
    const buffer = Buffer.alloc(stats.size);
    const length = readSync(file, buffer, 0, stats.size, 0);
    return { value: JSON.parse(buffer.toString('utf8', 0, length)) };
  } finally {
    closeSync(file);
  }
}

/**
 * Replaces the file in one step; its folder is made when missing. Nothing is fsynced: what a power cut takes with it,
 * the next heartbeat brings back.
 */
export function writeDocument(path: string, value: unknown, signal: AbortSignal): void {
  signal.throwIfAborted();
  const write = () => writeFileAtomic.sync(path, `${JSON.stringify(value)}\n`, { fsync: false, mode: 0o644 });
  try {
    write();
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw registryFault('write', path, thrown);
    makeFolderAnd(write, path);
  }
}

/** The folder is nearly always there, so it is made only after a write has failed. */
function makeFolderAnd(write: () => void, path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    write();
  } catch (thrown) {
    throw registryFault('write', path, thrown);
  }
}

/** Removes a file, or a folder with all it holds. Also correct when it is already gone. */
export async function removeDocument(path: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 });
  } catch (thrown) {
    throw registryFault('remove', path, thrown);
  }
}

/** A fault of the file system as Muster's own error; always worth another attempt. */
export function registryFault(attempt: string, path: string, cause: unknown): MusterError {
  if (cause instanceof MusterError) return cause;
  const message = `file registry: cannot ${attempt} ${path}: ${errorMessage(cause)}; check the folder and its rights`;
  return new MusterError('registry-unreachable', message, { retryable: true, cause });
}
