import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { monotonicMs } from '@muster/membership';

/** What to start, and where its output goes. */
export interface LoggedCommand {
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** stdout and stderr are appended here. */
  readonly logFile: string;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly livedMs: number;
  /** Why it could not even be started. */
  readonly problem?: string;
}

/** A process group of its own: Ctrl-C in the terminal reaches `up` alone, which then stops things in order. */
export function spawnLogged({ command, env, logFile }: LoggedCommand): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const [file, ...args] = command;
    return spawn(file, args, { env, detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** How the process ends; to be called right after its start. */
export async function exitOf(child: ChildProcess): Promise<ProcessExit> {
  const startedMs = monotonicMs();
  return new Promise((resolve) => {
    const livedMs = () => monotonicMs() - startedMs;
    child.once('exit', (code, signal) => resolve({ code, signal, livedMs: livedMs() }));
    child.once('error', (cause) => resolve({ code: null, signal: null, livedMs: livedMs(), problem: cause.message }));
  });
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Aborts once `ended` has settled, so that no timer outlives the process. */
export function endOf(ended: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void ended.then(() => controller.abort());
  return controller.signal;
}
