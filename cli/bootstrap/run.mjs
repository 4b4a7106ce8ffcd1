import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** Everything the bootstrap downloads or locks lives here; deleting it is always safe. */
export const CACHE = path.join(ROOT, '.cache');

/** @type {readonly ('SIGINT' | 'SIGTERM' | 'SIGHUP')[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A failure the user can do something about: shown as one message, without a stack. */
export class BootstrapError extends Error {}

/** Somebody asked us to stop while a command ran. `exitCode` follows the shell's rule, 128 + signal number. */
export class Interrupted extends BootstrapError {
  /** @param {'SIGINT' | 'SIGTERM' | 'SIGHUP'} signal */
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}

/**
 * Tells the user what is being done, on stderr, so that stdout belongs to the command that follows.
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`muster: ${line}\n`);
}

/**
 * Runs a command and resolves with its exit code and everything it printed. It never prints and never rejects for
 * a non-zero exit. A signal that arrives meanwhile stops the command first, and rejects with `Interrupted` after it
 * has ended, so that callers can clean up in `finally`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const interruption = stopOnSignal(child);
    child.on('error', (cause) => {
      interruption.end();
      resolve({ code: 127, output: cause.message });
    });
    child.on('close', (code) => {
      interruption.end();
      if (interruption.signal) return reject(new Interrupted(interruption.signal));
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString().trim() });
    });
  });
}

/** @param {import('node:child_process').ChildProcess} child */
function stopOnSignal(child) {
  /** @type {{ signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | undefined, end: () => void }} */
  const interruption = { signal: undefined, end: () => {} };
  const stop = (/** @type {'SIGINT' | 'SIGTERM' | 'SIGHUP'} */ signal) => {
    interruption.signal ??= signal;
    child.kill('SIGTERM');
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  interruption.end = () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  return interruption;
}

/**
 * Like `run`, for commands that have to succeed: resolves with the output.
 * @param {string} what what was attempted, for the message: "installing npm dependencies"
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>}
 */
export async function mustRun(what, command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0)
    throw new BootstrapError(`${what} failed: \`${command} ${args.join(' ')}\` ended with ${code}\n${output}`);
  return output;
}

/**
 * The last step of every entry point: a failure becomes a message and an exit code.
 * @param {unknown} failure
 * @returns {number} the exit code
 */
export function report(failure) {
  if (!(failure instanceof BootstrapError)) throw failure;
  say(failure.message);
  return failure instanceof Interrupted ? failure.exitCode : 1;
}
