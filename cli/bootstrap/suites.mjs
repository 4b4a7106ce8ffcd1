import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runMocha } from './mocha.mjs';
import { CACHE, say } from './run.mjs';

/** @typedef {import('./mocha.mjs').Summary} Summary */

/** Whole clusters: they wait most of their time, so that they run beside all the others. */
const CLUSTERS = ['test/containers/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/chaos/**/*.test.ts'];
// The long tests of the infrastructure have a run of their own: `npm run test:infra`.
const ELSEWHERE = [...CLUSTERS, 'test/infra/full/**'];
const OTHERS = ['{membership,ha,webapp,cli}/src/**/*.test.ts', '{test,bench}/**/*.test.ts'];

/**
 * Runs the suites, or only the files among `args`, and says what they came to. A crash, a run without a summary, one that
 * does not end, and no test at all each count as a failure.
 * @param {readonly string[]} args options and files for mocha
 * @returns {Promise<Summary>}
 */
export async function runSuites(args) {
  const outcomes = args.some(isFile) ? [await runMocha(args, { name: 'files' })] : await runLanes(args);
  const sum = outcomes.map(judge).reduce(add);
  const ran = sum.passed + sum.failed + sum.skipped;
  if (ran === 0) say('no test was run');
  return ran === 0 ? { ...sum, failed: 1 } : sum;
}

/**
 * Two at once, with ports of their own; what the clusters' lane has to say comes after the other's.
 * @param {readonly string[]} args
 */
async function runLanes(args) {
  const logFile = path.join(CACHE, `clusters-${process.pid}.log`);
  const ignored = ELSEWHERE.map((pattern) => `--ignore=${pattern}`);
  try {
    return await Promise.all([
      runMocha([...args, ...OTHERS, ...ignored], { name: 'others', ports: '20000-25999' }),
      runMocha([...args, ...CLUSTERS], { name: 'clusters', ports: '26000-31999', logFile }),
    ]);
  } finally {
    if (existsSync(logFile)) process.stdout.write(readFileSync(logFile));
    rmSync(logFile, { force: true });
  }
}

/**
 * The value of an option such as `--grep drain` is no file, even if a folder happens to have that name.
 * @param {string} argument
 */
function isFile(argument) {
  return argument.endsWith('.ts') || (argument.includes('/') && existsSync(argument));
}

/**
 * @param {import('./mocha.mjs').Outcome} outcome
 * @returns {Summary}
 */
function judge({ summary, code }) {
  if (!summary) return { passed: 0, failed: 1, skipped: 0 };
  return summary.failed === 0 && code !== 0 ? { ...summary, failed: 1 } : summary;
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
  };
}
