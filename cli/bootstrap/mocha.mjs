import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SEARCH_PATH } from './find-binary.mjs';
import { CACHE, ROOT, say } from './run.mjs';
import { familyOf, sweep } from './sweep.mjs';

const MOCHA = path.join(ROOT, 'node_modules/mocha/bin/mocha.js');
const DEADLINE_MS = 40 * 60_000;
const KILL_AFTER_MS = 5_000;

/**
 * @typedef {import('./summary.mjs').Summary} Summary
 * @typedef {{ name: string, summary: Summary | undefined, code: number }} Outcome without a summary it crashed or was
 *   stopped
 */

/**
 * Runs mocha once, for 40 minutes at most: that is for what hangs, not for what is slow.
 * @param {readonly string[]} args options and files
 * @param {{ name: string, ports?: string, logFile?: string }} how `ports` as in test/support/ports.ts; `logFile` takes its
 *   output, which else goes to ours
 * @returns {Promise<Outcome>}
 */
export async function runMocha(args, { name, ports, logFile }) {
  const file = path.join(CACHE, `summary-${process.pid}-${name}.json`);
  const reporter = ['--reporter', path.join(ROOT, 'test/support/reporter.ts')];
  const run = randomUUID();
  const settings = { PATH: SEARCH_PATH, SUMMARY_FILE: file, TEST_RUN_NAME: run, ...(ports && { TEST_PORTS: ports }) };
  const env = { ...process.env, ...settings };
  const output = logFile ? openSync(logFile, 'w') : 'inherit';
  const { code, family } = await runToTheEnd(name, [...reporter, ...args], env, output);
  if (typeof output === 'number') closeSync(output);
  const swept = sweep(run, family);
  if (swept > 0) say(`${swept} processes that the tests (${name}) had left were ended`);
  try {
    return { name, summary: readSummary(file), code };
  } finally {
    rmSync(file, { force: true });
  }
}

/**
 * mocha starts a second Node for its options; both are one process group of their own, so that a signal reaches both
 * exactly once.
 * @param {string} name
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {number | 'inherit'} output
 * @returns {Promise<{ code: number, family: readonly string[] }>} mocha's exit code, and what ran below it when it was stopped
 */
function runToTheEnd(name, args, env, output) {
  const stdio = /** @type {const} */ (['inherit', output, output]);
  const mocha = spawn(process.execPath, [MOCHA, ...args], { cwd: ROOT, env, stdio: [...stdio], detached: true });
  /** @type {string[]} */
  const family = [];
  const stop = () => {
    family.push(...familyOf(String(mocha.pid)));
    signalGroup(mocha, 'SIGTERM');
    setTimeout(() => signalGroup(mocha, 'SIGKILL'), KILL_AFTER_MS).unref();
  };
  const deadline = setTimeout(() => {
    say(`the tests (${name}) did not end within ${DEADLINE_MS / 60_000} minutes`);
    stop();
  }, DEADLINE_MS);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  return new Promise((resolve) => {
    mocha.on('error', () => resolve({ code: 127, family }));
    mocha.on('exit', (code) => {
      clearTimeout(deadline);
      // Of a run that was stopped, the second Node may live on, and go on starting things.
      signalGroup(mocha, 'SIGKILL');
      resolve({ code: code ?? 1, family });
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
 * Undefined too for one that was being written when mocha was killed.
 * @param {string} file
 * @returns {Summary | undefined}
 */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
