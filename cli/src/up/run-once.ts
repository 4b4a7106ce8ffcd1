import { MusterError, sleep } from '@muster/membership';
import { endOf, exitOf, type LoggedCommand, spawnLogged } from './child.js';
import { identify, type ProcessIdentity, signalIfThere } from './process-info.js';

export interface RunOnceOptions extends LoggedCommand {
  /** For people, after `cannot`: `write the first config`. */
  readonly task: string;
  readonly timeoutMs: number;
}

/** Told of the process group, so that it can be ended by others. */
export interface RunOnceObserver {
  started(leader: ProcessIdentity): void;
  ended(leader: ProcessIdentity): void;
}

/**
 * Runs a short command to its end.
 * @throws `command-failed` when it ends with anything but 0, which an abort and the deadline see to; the log says why.
 */
export async function runOnce(options: RunOnceOptions, observer: RunOnceObserver, signal: AbortSignal): Promise<void> {
  const child = spawnLogged(options);
  const exited = exitOf(child);
  const leader = child.pid === undefined ? null : identify(child.pid);
  if (leader) observer.started(leader);
  const done = endOf(exited);
  await sleep(options.timeoutMs, AbortSignal.any([done, signal]));
  if (!done.aborted && child.pid !== undefined) signalIfThere(-child.pid, 'SIGKILL');
  const exit = await exited;
  if (leader) observer.ended(leader);
  if (exit.code === 0) return;
  const outcome = exit.problem ?? (exit.signal ? `it was ended by ${exit.signal}` : `it ended with code ${exit.code}`);
  throw new MusterError('command-failed', `cannot ${options.task}: ${outcome}`);
}
