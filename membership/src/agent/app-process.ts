import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { sleep } from '../clock.js';
import type { Env } from '../env.js';

/** How an app ended. */
export interface AppExit {
  /** Its exit code; 128 + n for signal n and 127 for a command that could not be started, as in a shell. */
  readonly code: number;
  /** For humans: "app exited with code 1". */
  readonly reason: string;
}

/** The app of wrapper mode. */
export interface AppProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<AppExit>;
  /** SIGTERM, then SIGKILL after `timeoutMs`. Resolves when nothing of the app's process group is left. */
  stop(timeoutMs: number): Promise<AppExit>;
}

/**
 * Starts `command` without a shell, with the agent's stdio.
 *
 * In its own process group: a Ctrl-C in the terminal goes to the whole foreground group, and the app has to serve until
 * the drain is over. For the same reason no signal is forwarded. In return the group is killed when this process exits.
 */
export function startApp(command: readonly string[], env: Env): AppProcess {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { detached: true, stdio: 'inherit', env: { ...env } });
  const killGroup = () => signalGroup(child);
  process.once('exit', killGroup);
  const exited = whenExited(child).then((exit) => {
    // What the app started and left behind would hold its port.
    killGroup();
    process.removeListener('exit', killGroup);
    return exit;
  });
  return {
    pid: child.pid,
    exited,
    async stop(timeoutMs) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const timer = new AbortController();
      await Promise.race([exited, sleep(timeoutMs, timer.signal)]);
      timer.abort();
      if (child.exitCode === null && child.signalCode === null) killGroup();
      return exited;
    },
  };
}

function whenExited(child: ChildProcess): Promise<AppExit> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // Also emitted for a signal that could not be sent: then the app is still there.
      if (child.pid === undefined) resolve({ code: 127, reason: `app could not be started: ${error.message}` });
    });
    child.once('exit', (code, signal) => {
      if (signal === null) resolve({ code: code ?? 1, reason: `app exited with code ${code}` });
      else resolve({ code: 128 + constants.signals[signal], reason: `app exited by ${signal}` });
    });
  });
}

/** SIGKILL to the app and all it started: the app is the leader of its group. */
function signalGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
