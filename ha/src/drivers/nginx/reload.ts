import { errorMessage, MusterError, monotonicMs, sleep } from '@muster/membership';
import { newBinds, testBinds } from '../binds.js';
import type { ConfigFile } from '../config-file.js';
import type { Control } from './control.js';
import { runningMaster, workersOf } from './processes.js';

export interface ReloadOptions {
  readonly file: ConfigFile;
  readonly control: Control;
  readonly pidFile: string;
  /** From the signal to the proof that only new workers take connections. */
  readonly timeoutMs: number;
}

/** What a reload installs: `checked` is what `nginx -t` gets, `state` what the new workers must tell of themselves. */
export interface Candidate {
  readonly text: string;
  readonly checked: string;
  readonly state: string;
}

/**
 * All or nothing: `nginx -t` → test-bind → replace the file → SIGHUP → proof that new workers serve it and no old one takes
 * connections. On any fault the old file is put back and, when new workers may have started, loaded again.
 */
export async function reload(candidate: Candidate, options: ReloadOptions, signal: AbortSignal): Promise<void> {
  const { file } = options;
  await file.check(candidate.checked, signal);
  const previous = await file.read();
  await testBinds(newBinds(previous ?? '', candidate.text));
  const master = await runningMaster(options.pidFile);
  file.write(candidate.text);
  try {
    await startNewWorkers(options, candidate.state, signal);
  } catch (error) {
    if (previous !== null) {
      file.write(previous);
      process.kill(master, 'SIGHUP');
    }
    throw error;
  }
}

/** Starts new workers with the file as it is. Rejects with `balancer-unreachable` when there is no master. */
export async function startNewWorkers(options: ReloadOptions, state: string, signal: AbortSignal): Promise<void> {
  const master = await runningMaster(options.pidFile);
  const { serving: old } = await workersOf(master);
  process.kill(master, 'SIGHUP');
  await prove(state, master, old, options, signal);
}

async function prove(
  state: string,
  master: number,
  old: readonly number[],
  { control, timeoutMs }: ReloadOptions,
  signal: AbortSignal,
): Promise<void> {
  const end = monotonicMs() + timeoutMs;
  let seen = 'nothing answered';
  while (monotonicMs() < end && !signal.aborted) {
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
