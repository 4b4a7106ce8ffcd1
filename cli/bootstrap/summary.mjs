/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures: readonly string[] }} Summary what a part of the
 *   tests came to; `failures` has a line for each that failed: where, what, and the beginning of why
 */

/** @type {Summary} */
export const NOTHING = { passed: 0, failed: 0, skipped: 0, failures: [] };

/**
 * @param {string} line what failed; a message of several lines becomes one
 * @returns {Summary}
 */
export function failure(line) {
  return { ...NOTHING, failed: 1, failures: [line.replaceAll(/\s+/g, ' ')] };
}

/**
 * @param {Summary} left
 * @param {Summary} right
 * @returns {Summary}
 */
export function add(left, right) {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
    failures: [...left.failures, ...right.failures],
  };
}
