import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runMocha } from './mocha.mjs';
import { CACHE } from './run.mjs';
import { add, failure } from './summary.mjs';

/** @typedef {import('./summary.mjs').Summary} Summary */

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
  return ran === 0 ? failure('no test was run') : sum;
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
function judge({ name, summary, code }) {
  if (!summary) return failure(`the run of ${name} left no summary (exit code ${code})`);
  return summary.failed === 0 && code !== 0 ? add(summary, failure(`the run of ${name} ended with ${code}`)) : summary;
}
