import { MusterError, sleep } from '@muster/membership';
import { endOf, exitOf, type LoggedCommand, spawnLogged } from './child.js';
import { signalIfThere } from './process-info.js';

export interface RunOnceOptions extends LoggedCommand {
  /** For people, after `cannot`: `write the first config`. */
  readonly task: string;
  readonly timeoutMs: number;
}

/**
 * Runs a short command to its end.
 * @throws `command-failed` when it ends with anything but 0, which an abort and the deadline see to; the log says why.
 */
export async function runOnce(options: RunOnceOptions, signal: AbortSignal): Promise<void> {
  const child = spawnLogged(options);
  const exited = exitOf(child);
  const done = endOf(exited);
  await sleep(options.timeoutMs, AbortSignal.any([done, signal]));
  if (!done.aborted && child.pid !== undefined) signalIfThere(-child.pid, 'SIGKILL');
  const exit = await exited;
  if (exit.code === 0) return;
  const outcome = exit.problem ?? (exit.signal ? `it was ended by ${exit.signal}` : `it ended with code ${exit.code}`);
  throw new MusterError('command-failed', `cannot ${options.task}: ${outcome}`);
}
