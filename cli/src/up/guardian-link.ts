import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MusterError } from '@muster/membership';
import type { RunDir } from '../run-dir.js';
import type { GuardianMessage, Rank } from './guardian.js';
import { identify, type ProcessIdentity } from './process-info.js';

/** `up`'s end of the pipe to its guardian. */
export interface GuardianLink {
  /** The guardian itself; null after its end. */
  readonly identity: ProcessIdentity | null;
  announce(group: ProcessIdentity, rank: Rank): void;
  withdraw(pid: number): void;
  /** Lets the guardian end: it ends what is still announced and removes the run directory. Resolves when it is gone. */
  close(): Promise<void>;
}

/** Starts the guardian, in a session of its own so that no terminal signal reaches it. */
export async function startGuardian(dir: RunDir): Promise<GuardianLink> {
  const { script, nodeArgs, cwd } = guardianScript();
  const child = spawn(process.execPath, [...nodeArgs, script, dir.path, String(process.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await spawned(child);
  // Without a guardian `up` still stops cleanly by itself; a broken pipe to it is no reason to die.
  child.stdin?.on('error', () => undefined);
  const send = (message: GuardianMessage) => child.stdin?.write(`${JSON.stringify(message)}\n`);
  return {
    identity: child.pid === undefined ? null : identify(child.pid),
    announce: (group, rank) => send({ announce: { ...group, rank } }),
    withdraw: (pid) => send({ withdraw: pid }),
    async close() {
      child.stdin?.end();
      if (child.exitCode === null && child.signalCode === null) await ended;
    },
  };
}

async function spawned(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new MusterError('guardian-failed', `cannot start the guardian process: ${cause.message}`, { cause })),
    );
  });
}

/** The built guardian; its source when the tests run from source, with the same loader as this process. */
function guardianScript(): { readonly script: string; readonly nodeArgs: readonly string[]; readonly cwd: string } {
  const built = fileURLToPath(new URL('./guardian.js', import.meta.url));
  if (existsSync(built)) return { script: built, nodeArgs: [], cwd: '/' };
  const source = fileURLToPath(new URL('./guardian.ts', import.meta.url));
  return { script: source, nodeArgs: process.execArgv, cwd: process.cwd() };
}
