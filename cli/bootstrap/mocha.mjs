import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SEARCH_PATH } from './find-binary.mjs';
import { CACHE, ROOT, say } from './run.mjs';

const MOCHA = path.join(ROOT, 'node_modules/mocha/bin/mocha.js');
// The full cycle of the infrastructure has a run of its own: `npm run test:infra`.
const SUITES = [
  '{membership,ha,webapp,cli}/src/**/*.test.ts',
  '{test,bench}/**/*.test.ts',
  '--ignore=test/infra/full/**',
];
const DEADLINE_MS = 20 * 60_000;
const KILL_AFTER_MS = 5_000;

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Summary
 */

/**
 * Runs the suites, or only the files among `args`, and says what they came to. A crash, a run without a summary, a run
 * without tests and a run that does not end all count as a failure.
 * @param {readonly string[]} args options and files for mocha
 * @returns {Promise<Summary>}
 */
export async function runMocha(args) {
  const file = path.join(CACHE, `summary-${process.pid}.json`);
  const reporter = ['--reporter', path.join(ROOT, 'test/support/reporter.ts')];
  const suites = args.some(isFile) ? [] : SUITES;
  const env = { ...process.env, PATH: SEARCH_PATH, SUMMARY_FILE: file };
  const code = await runToTheEnd([...reporter, ...args, ...suites], env);
  try {
    return judge(readSummary(file), code);
  } finally {
    rmSync(file, { force: true });
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
 * mocha starts a second Node for its options; both are one process group of their own, so that a signal reaches both
 * exactly once.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} mocha's exit code
 */
function runToTheEnd(args, env) {
  const mocha = spawn(process.execPath, [MOCHA, ...args], { cwd: ROOT, env, stdio: 'inherit', detached: true });
  const stop = () => {
    signalGroup(mocha, 'SIGTERM');
    setTimeout(() => signalGroup(mocha, 'SIGKILL'), KILL_AFTER_MS).unref();
  };
  const deadline = setTimeout(() => {
    say(`the tests did not end within ${DEADLINE_MS / 60_000} minutes`);
    stop();
  }, DEADLINE_MS);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  return new Promise((resolve) => {
    mocha.on('error', () => resolve(127));
    mocha.on('exit', (code) => {
      clearTimeout(deadline);
      resolve(code ?? 1);
    });
  });
}

/**
 * @param {import('node:child_process').ChildProcess} leader
 * @param {NodeJS.Signals} signal
 */
function signalGroup({ pid }, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

/**
 * @param {string} file
 * @returns {Summary | undefined}
 */
function readSummary(file) {
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8'));
}

/**
 * @param {Summary | undefined} summary
 * @param {number} code
 * @returns {Summary}
 */
function judge(summary, code) {
  if (!summary) return { passed: 0, failed: 1, skipped: 0 };
  const ran = summary.passed + summary.failed + summary.skipped;
  if (ran === 0) say('no test was run');
  const isBad = summary.failed === 0 && (code !== 0 || ran === 0);
  return isBad ? { ...summary, failed: 1 } : summary;
}
