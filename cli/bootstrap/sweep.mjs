import { readdirSync, readFileSync } from 'node:fs';

const MOST_LOOKS = 50;

/**
 * Ends with SIGKILL what a run of the tests has left, and gives how many: processes in whose environment TEST_RUN is `run`
 * (test/support/leaks.ts), and those of `family` that still run. A run that ends by itself has left nothing; one that was
 * stopped has its clusters. Knows only Linux.
 * @param {string} run
 * @param {readonly string[]} family of `familyOf`
 * @returns {number}
 */
export function sweep(run, family) {
  const ended = new Set();
  if (process.platform !== 'linux') return 0;
  for (const member of family) {
    const pid = member.split(' ', 1)[0] ?? '';
    if (identify(pid) !== member) continue;
    ended.add(pid);
    kill(Number(pid));
  }
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
 * All that runs below a process, to be asked while it lives: nothing leads from an orphan back to it, and NGINX writes its
 * title over its environment.
 * @param {string} pid
 * @returns {readonly string[]} pids, each with its start time (proc(5), stat)
 */
export function familyOf(pid) {
  const children = threadsOf(pid).flatMap((thread) => read(`${thread}/children`).split(' ').filter(Boolean));
  return children.flatMap((child) => [identify(child), ...familyOf(child)]);
}

/** @param {string} pid */
function threadsOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  } catch {
    // It has ended, or this is not Linux.
    return [];
  }
}

/** @param {string} pid */
function identify(pid) {
  const started = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')[19];
  return `${pid} ${started}`;
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It has ended, or is somebody else's.
    return '';
  }
}

/**
 * @param {string} run
 * @param {string} name of an entry of /proc
 */
function isOf(run, name) {
  return /^\d+$/.test(name) && read(`/proc/${name}/environ`).split('\0').includes(`TEST_RUN=${run}`);
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
