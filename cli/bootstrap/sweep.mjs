import { readdirSync, readFileSync } from 'node:fs';

const MOST_LOOKS = 50;

/**
 * Ends with SIGKILL what a run of the tests has left, and gives how many: processes in whose environment TEST_RUN is `run`
 * (test/support/leaks.ts). A run that ends by itself has left nothing; one that was stopped has its clusters. Knows only
 * Linux.
 * @param {string} run
 * @returns {number}
 */
export function sweep(run) {
  const ended = new Set();
  if (process.platform !== 'linux') return 0;
  // What is started while we look is found by the next look.
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const left = readdirSync('/proc').filter((name) => isOf(run, name));
    if (left.length === 0) break;
    for (const pid of left) {
      ended.add(pid);
      kill(Number(pid));
    }
  }
  return ended.size;
}

/**
 * @param {string} run
 * @param {string} name of an entry of /proc
 */
function isOf(run, name) {
  try {
    return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`TEST_RUN=${run}`);
  } catch {
    // It has ended, or is somebody else's.
    return false;
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
