import { readdirSync, readFileSync } from 'node:fs';

/**
 * Ends with SIGKILL what a run of the tests has left, and gives how many: processes in whose environment TEST_RUN is `run`
 * (test/support/leaks.ts). A run that ends by itself has left nothing; one that was stopped has its clusters. Knows only
 * Linux.
 * @param {string} run
 * @returns {number}
 */
export function sweep(run) {
  if (process.platform !== 'linux') return 0;
  const left = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`TEST_RUN=${run}`),
  );
  for (const pid of left) kill(Number(pid));
  return left.length;
}

/** @param {string} pid */
function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It has ended, or is somebody else's.
    return [];
  }
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
