import { MusterError } from '@muster/membership';
import type { ProcessExit } from './child.js';
import type { GuardianLink } from './guardian-link.js';
import { lastLines } from './log-files.js';
import type { ProcessIdentity } from './process-info.js';
import type { AfterExit, ProcessSpec, SuperviseObserver } from './process-spec.js';
import { RESTART_GAP_MS } from './supervised.js';

const TAIL_LINES = 15;

/** Tells the guardian of every group, fails the start for any early end, and says later ends in one line each. */
export class SupervisionLog implements SuperviseObserver {
  readonly #guardian: GuardianLink;
  readonly #say: (line: string) => void;
  readonly #startFailed = new AbortController();
  /** Processes that ended too soon after their last start: said once, not once a second. */
  readonly #troubled = new Set<string>();
  #starting = true;

  constructor(guardian: GuardianLink, say: (line: string) => void) {
    this.#guardian = guardian;
    this.#say = say;
  }

  /** Aborts, with the `MusterError` as its reason, when a process ends before `started()` was called. */
  get startFailed(): AbortSignal {
    return this.#startFailed.signal;
  }

  /** The cluster serves: from now on an end is news and no failed start. */
  started(): void {
    this.#starting = false;
  }

  groupStarted(spec: ProcessSpec, leader: ProcessIdentity): void {
    this.#guardian.announce(leader, spec.rank);
  }

  groupEnded(leader: ProcessIdentity): void {
    this.#guardian.withdraw(leader.pid);
  }

  ended(spec: ProcessSpec, exit: ProcessExit, next: AfterExit): void {
    if (next === 'stopped') return;
    if (this.#starting) this.#startFailed.abort(startFailure(spec, exit));
    else if (next === 'final')
      this.#say(`${spec.name} left: it is not started again (\`muster scale\` brings it back)`);
    else this.#sayRestart(spec, exit);
  }

  #sayRestart(spec: ProcessSpec, exit: ProcessExit): void {
    const quick = exit.livedMs < RESTART_GAP_MS;
    if (quick && this.#troubled.has(spec.name)) return;
    if (quick) this.#troubled.add(spec.name);
    else this.#troubled.delete(spec.name);
    this.#say(
      `${spec.name} ${describeExit(spec, exit)}: started again${quick ? ` every second until it stays, see ${spec.logFile}` : ''}`,
    );
  }
}

function startFailure(spec: ProcessSpec, exit: ProcessExit): MusterError {
  const tail = lastLines(spec.logFile, TAIL_LINES).map((line) => `  | ${line}`);
  const log = tail.length > 0 ? `\nThe last lines of its log:\n${tail.join('\n')}` : '';
  return new MusterError('start-failed', `cannot start the cluster: ${spec.name} ${describeExit(spec, exit)}${log}`);
}

function describeExit(spec: ProcessSpec, { code, signal, problem }: ProcessExit): string {
  if (problem !== undefined) return `could not run: ${problem}`;
  if (signal !== null) return `was ended by ${signal}`;
  // The agent ends with the code of its app, in the words of a shell.
  if (spec.rank === 'member' && code === 137) return 'ended because its app was ended by SIGKILL';
  return `ended with code ${code}`;
}
