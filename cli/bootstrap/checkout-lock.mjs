import { mkdirSync } from 'node:fs';
import { withLock } from './lock.mjs';
import { BootstrapError, CACHE, say } from './run.mjs';

/**
 * Runs `work` while no other bootstrap of this checkout runs: `npm start` and `npm test` side by side would otherwise
 * delete each other's node_modules.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function withCheckoutLock(work) {
  return withLock(
    {
      name: 'bootstrap-lock',
      folder: makeCache,
      deadlineMs: 15 * 60_000,
      everyMs: 200,
      busy: (lock) => new BootstrapError(`gave up waiting for ${lock}; delete it if nothing is installing`),
      onWait: (pid) => say(`waiting for another installation of this checkout (pid ${pid})…`),
    },
    work,
  );
}

function makeCache() {
  mkdirSync(CACHE, { recursive: true });
  return CACHE;
}
