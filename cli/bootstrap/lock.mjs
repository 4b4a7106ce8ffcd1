import { mkdtempSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A lock is a folder with one entry, named after the process that holds it. Renaming a filled folder onto its place
 * succeeds only while that place is free or empty (rename(2)), so it is taken in one step. Whoever finds the entry of a
 * dead process removes that name, which nobody else can have: taking over never takes from a living one.
 * @typedef {object} LockOptions
 * @property {string} name
 * @property {() => string} folder gives the folder of the lock, made if need be; asked before every attempt
 * @property {number} deadlineMs
 * @property {number} everyMs
 * @property {(lock: string) => Error} busy what to throw when the lock was not free in time
 * @property {(pid: number) => void} [onWait] told once, when somebody else holds it
 * @property {AbortSignal} [signal] ends the wait with its reason
 */

/**
 * Runs `work` while no other process, and no other call of this one, holds the lock.
 * @template T
 * @param {LockOptions} options
 * @param {(folder: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(options, work) {
  const folder = await acquire(options);
  const release = () => leave(path.join(folder, options.name));
  process.on('exit', release);
  try {
    return await work(folder);
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {LockOptions} options */
async function acquire({ name, folder: makeFolder, deadlineMs, everyMs, busy, onWait, signal }) {
  const end = performance.now() + deadlineMs;
  for (let told = false; ; ) {
    const folder = makeFolder();
    const lock = path.join(folder, name);
    if (tryLock(lock)) return folder;
    const holder = removeDead(lock);
    if (holder !== undefined && !told) onWait?.(holder);
    told ||= holder !== undefined;
    if (performance.now() > end) throw busy(lock);
    if (holder !== undefined) await delay(everyMs, undefined, { signal }).catch(() => {});
    signal?.throwIfAborted();
  }
}

/** @param {string} lock */
function tryLock(lock) {
  /** @type {string | undefined} */
  let mine;
  try {
    mine = mkdtempSync(`${lock}.`);
    writeFileSync(path.join(mine, entryOf(process.pid)), '');
    renameSync(mine, lock);
    return true;
  } catch (failure) {
    if (mine) rmSync(mine, { recursive: true, force: true });
    // ENOENT: the folder was removed as empty between two steps, and is made again.
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(failure))) return false;
    throw failure;
  }
}

/**
 * Removes what dead processes left in the lock.
 * @param {string} lock
 * @returns {number | undefined} the process that holds it, if a living one does
 */
function removeDead(lock) {
  const pids = entriesOf(lock).flatMap((entry) => {
    const pid = Number.parseInt(entry, 10);
    if (entryOf(pid) === entry && isAlive(pid)) return [pid];
    rmSync(path.join(lock, entry), { force: true });
    return [];
  });
  return pids[0];
}

/** @param {string} lock */
function leave(lock) {
  rmSync(path.join(lock, entryOf(process.pid)), { force: true });
  try {
    rmdirSync(lock);
  } catch {
    // The next one has it already.
  }
}

/** @param {string} lock */
function entriesOf(lock) {
  try {
    return readdirSync(lock);
  } catch {
    return [];
  }
}

/**
 * A pid is used again after its end, but not together with its start time (proc(5), field 22 of stat; counted from the
 * last bracket, because the name may hold spaces and brackets). Elsewhere than on Linux it is the pid alone.
 * @param {number} pid
 */
function entryOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return `${pid}-${fields[0] === 'Z' ? 'ended' : fields[19]}`;
  } catch {
    return String(pid);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (failure) {
    return codeOf(failure) === 'EPERM';
  }
}

/** @param {unknown} failure */
function codeOf(failure) {
  return /** @type {NodeJS.ErrnoException} */ (failure).code ?? '';
}
