import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BootstrapError, CACHE, say } from './run.mjs';

const LOCK = path.join(CACHE, 'bootstrap.lock');
const GIVE_UP_MS = 15 * 60_000;

/**
 * Runs `work` while no other bootstrap of this checkout runs: `npm start` and `npm test` side by side would otherwise
 * delete each other's node_modules. The lock of a process that died is taken over.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(work) {
  mkdirSync(CACHE, { recursive: true });
  await acquire();
  const release = () => rmSync(LOCK, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire() {
  const end = performance.now() + GIVE_UP_MS;
  for (let told = false; !tryLock(); told = true) {
    const owner = readOwner(LOCK);
    if (owner !== undefined && !isAlive(owner)) {
      breakLock(owner);
      continue;
    }
    if (!told && owner !== undefined) say(`waiting for another installation of this checkout (pid ${owner})…`);
    if (performance.now() > end)
      throw new BootstrapError(`gave up waiting for ${LOCK}; delete it if nothing is installing`);
    await delay(200);
  }
}

/** Links a file that already holds our pid, so that nobody ever reads a lock without an owner. */
function tryLock() {
  const mine = `${LOCK}.${process.pid}`;
  writeFileSync(mine, `${process.pid}\n`);
  try {
    linkSync(mine, LOCK);
    return true;
  } catch (failure) {
    if (/** @type {NodeJS.ErrnoException} */ (failure).code === 'EEXIST') return false;
    throw failure;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Between our look and our rename another waiter may have taken the lock: then what we moved away is theirs, and it
 * goes back.
 * @param {number} deadOwner
 */
function breakLock(deadOwner) {
  const aside = `${LOCK}.${process.pid}.stale`;
  try {
    renameSync(LOCK, aside);
    if (readOwner(aside) !== deadOwner) linkSync(aside, LOCK);
  } catch {
    // Somebody else broke it first: the next try decides.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} file */
function readOwner(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (failure) {
    return /** @type {NodeJS.ErrnoException} */ (failure).code === 'EPERM';
  }
}
