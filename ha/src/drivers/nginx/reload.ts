import { errorCode, errorMessage, MusterError, monotonicMs, sleep } from '@muster/membership';
import type { ConfigFile } from '../config-file.js';
import { type Candidate, replaceConfig } from '../replace-config.js';
import type { Control } from './control.js';
import { runningMaster, workersOf } from './processes.js';

export interface ReloadOptions {
  readonly file: ConfigFile;
  readonly control: Control;
  readonly pidFile: string;
  /** From the signal to the proof that only new workers take connections. */
  readonly timeoutMs: number;
}

/** A master, and the workers that a reload replaces. */
interface Serving {
  readonly master: number;
  readonly workers: readonly number[];
}

/**
 * A structural change, all or nothing. Proof is that new workers tell `state` of themselves, and that no old one takes
 * connections.
 */
export async function reload(
  candidate: Candidate & { readonly state: string },
  options: ReloadOptions,
  signal: AbortSignal,
): Promise<void> {
  await replaceConfig(
    {
      ...{ file: options.file, candidate },
      look: () => servingOf(options.pidFile),
      load: (old) => renew(old, candidate.state, options, signal),
      // New workers may have started: they are to run the old file again.
      undo: ({ master }) => askForReload(master),
    },
    signal,
  );
}

/** Starts new workers with the file as it is. Rejects with `balancer-unreachable` when there is no master. */
export async function startNewWorkers(options: ReloadOptions, state: string, signal: AbortSignal): Promise<void> {
  await renew(await servingOf(options.pidFile), state, options, signal);
}

/** One that ended in the meantime is no fault of the config. */
function askForReload(master: number): void {
  try {
    process.kill(master, 'SIGHUP');
  } catch (cause) {
    if (errorCode(cause) !== 'ESRCH') throw cause;
    const message = `NGINX's master ${master} ended before it could be told to reload: the next look finds the new one`;
    throw new MusterError('balancer-unreachable', message, { retryable: true, cause });
  }
}

async function servingOf(pidFile: string): Promise<Serving> {
  const master = await runningMaster(pidFile);
  return { master, workers: (await workersOf(master)).serving };
}

async function renew(
  { master, workers: old }: Serving,
  state: string,
  { control, timeoutMs }: ReloadOptions,
  signal: AbortSignal,
): Promise<void> {
  askForReload(master);
  const end = monotonicMs() + timeoutMs;
  let seen = 'nothing answered';
  for (let isLast = false; !isLast && !signal.aborted; ) {
    // One look comes after the end: it may have been this process that stood still.
    isLast = monotonicMs() >= end;
    const { serving } = await workersOf(master);
    const left = old.filter((pid) => serving.includes(pid));
    if (left.length === 0) {
      try {
        const answer = await control.state(signal);
        if (answer.text === state && !old.includes(answer.pid)) return;
        seen = `worker ${answer.pid} runs revision ${answer.stated.revision}`;
      } catch (error) {
        seen = errorMessage(error);
      }
    } else seen = `worker ${left[0]} still takes connections`;
    await sleep(1, signal);
  }
  throw new MusterError(
    'reload-unproved',
    `NGINX does not run the new config ${timeoutMs} ms after the reload (${seen}): the old file was put back, see its error log`,
    { retryable: true },
  );
}
