import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { errorMessage, monotonicMs, sleep } from '@muster/membership';
import type { Rank } from './guardian.js';
import { identify, type ProcessIdentity, signalIfThere } from './process-info.js';

/** A process that ended sooner than this is started again only after this wait. */
export const RESTART_GAP_MS = 1_000;

/** One signal of a stop, and how long the process may take before the next one. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

export interface ProcessSpec {
  readonly name: string;
  readonly rank: Rank;
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** stdout and stderr are appended here. */
  readonly logFile: string;
  /** Runs before every start; its failure counts as an exit. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
  /** Whether an exit that nobody asked for is final; default: none is. */
  readonly isFinal?: (exit: ProcessExit) => boolean;
  /** In order; SIGKILL to the whole group comes after them. */
  readonly stopSteps: readonly StopStep[];
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly livedMs: number;
  /** Why it could not even be started. */
  readonly problem?: string;
}

/** Who is told; nothing here may throw. */
export interface SuperviseObserver {
  started(spec: ProcessSpec, identity: ProcessIdentity): void;
  /** `next` says what the supervisor does about it. */
  ended(spec: ProcessSpec, exit: ProcessExit, next: 'restart' | 'final' | 'stopped', pid: number | null): void;
}

/** Keeps one process running until it is stopped or ends for good. Each start leads a process group of its own. */
export class Supervised {
  readonly spec: ProcessSpec;
  readonly #observer: SuperviseObserver;
  readonly #stopping = new AbortController();
  #child: ChildProcess | null = null;
  #run: Promise<void> | null = null;
  #over = false;

  constructor(spec: ProcessSpec, observer: SuperviseObserver) {
    this.spec = spec;
    this.#observer = observer;
  }

  /** The pid of the process that runs now, or null. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** True once it has ended and will not be started again. */
  get over(): boolean {
    return this.#over;
  }

  start(): void {
    this.#run ??= this.#superviseLoop();
  }

  /**
   * Ends the process by its stop steps and resolves when nothing of its group is left; `hurry` skips to SIGKILL.
   * Calling it again joins the stop under way.
   */
  async stop(hurry: AbortSignal): Promise<void> {
    const first = !this.#stopping.signal.aborted;
    this.#stopping.abort();
    if (first) await this.#signalInSteps(hurry);
    await this.#run;
  }

  async #superviseLoop(): Promise<void> {
    for (;;) {
      const { exit, pid } = await this.#runOnce();
      const next = this.#afterExit(exit);
      this.#observer.ended(this.spec, exit, next, pid);
      if (next !== 'restart') break;
      if (exit.livedMs < RESTART_GAP_MS) await sleep(RESTART_GAP_MS, this.#stopping.signal);
      if (this.#stopping.signal.aborted) break;
    }
    this.#over = true;
  }

  #afterExit(exit: ProcessExit): 'restart' | 'final' | 'stopped' {
    if (this.#stopping.signal.aborted) return 'stopped';
    return this.spec.isFinal?.(exit) ? 'final' : 'restart';
  }

  async #runOnce(): Promise<{ readonly exit: ProcessExit; readonly pid: number | null }> {
    try {
      await this.spec.prepare?.(this.#stopping.signal);
      this.#stopping.signal.throwIfAborted();
      return await this.#spawnOnce();
    } catch (thrown) {
      return { exit: { code: null, signal: null, livedMs: 0, problem: errorMessage(thrown) }, pid: null };
    }
  }

  async #spawnOnce(): Promise<{ readonly exit: ProcessExit; readonly pid: number | null }> {
    const startedMs = monotonicMs();
    const child = spawnLogged(this.spec);
    this.#child = child;
    const identity = child.pid === undefined ? null : identify(child.pid);
    if (identity) this.#observer.started(this.spec, identity);
    const exit = await exitOf(child, startedMs);
    this.#child = null;
    // What its leader left behind in the group (an app whose agent was killed) would hold the port.
    if (child.pid !== undefined) signalIfThere(-child.pid, 'SIGKILL');
    return { exit, pid: child.pid ?? null };
  }

  async #signalInSteps(hurry: AbortSignal): Promise<void> {
    const child = this.#child;
    if (!child?.pid) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    for (const step of this.spec.stopSteps) {
      if (ended() || hurry.aborted) break;
      signalIfThere(child.pid, step.signal);
      await Promise.race([exited, sleep(step.waitMs, AbortSignal.any([hurry, this.#endOf(exited)]))]);
    }
    if (!ended()) signalIfThere(-child.pid, 'SIGKILL');
  }

  /** Aborts with the process, so that no timer outlives it. */
  #endOf(exited: Promise<void>): AbortSignal {
    const controller = new AbortController();
    exited.then(() => controller.abort());
    return controller.signal;
  }
}

/** A process group of its own: Ctrl-C in the terminal reaches `up` alone, which then stops things in order. */
function spawnLogged(spec: ProcessSpec): ChildProcess {
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const [file, ...args] = spec.command;
    return spawn(file, args, { env: spec.env, detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

async function exitOf(child: ChildProcess, startedMs: number): Promise<ProcessExit> {
  return new Promise((resolve) => {
    const livedMs = () => monotonicMs() - startedMs;
    child.once('exit', (code, signal) => resolve({ code, signal, livedMs: livedMs() }));
    child.once('error', (cause) => resolve({ code: null, signal: null, livedMs: livedMs(), problem: cause.message }));
  });
}
