import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { MusterError } from '@muster/membership';

/**
 * Runs a short command to its end with its output appended to `logFile`.
 * @throws `command-failed` when it ends with anything but 0; the reason is in the log.
 */
export async function runOnce(
  name: string,
  command: readonly [string, ...string[]],
  options: { readonly env: NodeJS.ProcessEnv; readonly logFile: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const child = spawnInto(options.logFile, command, options.env, AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]));
  const outcome = await new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : signal ? `it ended by ${signal}` : `it ended with code ${code}`));
    child.once('error', (cause) => resolve(cause.message));
  });
  if (outcome) throw new MusterError('command-failed', `cannot ${name}: ${outcome}`);
}

function spawnInto(logFile: string, [file, ...args]: readonly [string, ...string[]], env: NodeJS.ProcessEnv, signal: AbortSignal): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(file, args, { env, detached: true, stdio: ['ignore', log, log], signal, killSignal: 'SIGKILL' });
  } finally {
    closeSync(log);
  }
}
