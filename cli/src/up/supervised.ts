import type { ChildProcess } from 'node:child_process';
import { errorMessage, sleep } from '@muster/membership';
import { endOf, exitOf, hasEnded, type LoggedCommand, type ProcessExit, spawnLogged } from './child.js';
import type { Rank } from './guardian.js';
import { watchGroups } from './process-groups.js';
import { groupLives, identify, type ProcessIdentity, signalIfThere } from './process-info.js';
import { type RunOnceOptions, runOnce } from './run-once.js';

/** A process that ended sooner than this is started again only after this wait. */
export const RESTART_GAP_MS = 1_000;

/** One signal of a stop, and how long the process may take before the next one. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

export interface ProcessSpec extends LoggedCommand {
  readonly name: string;
  readonly rank: Rank;
  /** Runs before every start; its failure counts as an exit. */
  readonly prepare?: RunOnceOptions;
  /** Whether its children lead groups of their own, as the app of an agent does: they end with it. */
  readonly hasOffspring?: boolean;
  /** Whether an exit that nobody asked for is final; default: none is. */
  readonly isFinal?: (exit: ProcessExit) => boolean;
  /** In order; SIGKILL to the whole group comes after them. */
  readonly stopSteps: readonly StopStep[];
}

/** Who is told; nothing here may throw. */
export interface SuperviseObserver {
  /** A process group came into being: the process itself, or its offspring. */
  groupStarted(spec: ProcessSpec, leader: ProcessIdentity): void;
  /** Nothing of that group is left. */
  groupEnded(leader: ProcessIdentity): void;
  ended(spec: ProcessSpec, exit: ProcessExit, next: AfterExit): void;
}

/** What the supervisor does about an exit. */
export type AfterExit = 'restart' | 'final' | 'stopped';

/** Keeps one process running until it is stopped or ends for good. Each start leads a process group of its own. */
export class Supervised {
  readonly spec: ProcessSpec;
  readonly #observer: SuperviseObserver;
  readonly #stopping = new AbortController();
  readonly #hurry = new AbortController();
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
   * Calling it again joins the stop under way, and may hurry it.
   */
  async stop(hurry: AbortSignal): Promise<void> {
    const first = !this.#stopping.signal.aborted;
    const hurryUp = () => this.#hurry.abort();
    hurry.addEventListener('abort', hurryUp, { once: true });
    if (hurry.aborted) hurryUp();
    this.#stopping.abort();
    if (first) await this.#signalInSteps();
    await this.#run;
    hurry.removeEventListener('abort', hurryUp);
  }

  async #superviseLoop(): Promise<void> {
    for (;;) {
      const exit = await this.#runOnce();
      const next = this.#afterExit(exit);
      this.#over = next !== 'restart';
      this.#observer.ended(this.spec, exit, next);
      if (this.#over) return;
      if (exit.livedMs < RESTART_GAP_MS) await sleep(RESTART_GAP_MS, this.#stopping.signal);
      if (this.#stopping.signal.aborted) break;
    }
    this.#over = true;
  }

  #afterExit(exit: ProcessExit): AfterExit {
    if (this.#stopping.signal.aborted) return 'stopped';
    return this.spec.isFinal?.(exit) ? 'final' : 'restart';
  }

  async #runOnce(): Promise<ProcessExit> {
    try {
      await this.#prepare();
      this.#stopping.signal.throwIfAborted();
      return await this.#spawnOnce();
    } catch (thrown) {
      return { code: null, signal: null, livedMs: 0, problem: errorMessage(thrown) };
    }
  }

  async #prepare(): Promise<void> {
    const { spec } = this;
    if (!spec.prepare) return;
    const observer = {
      started: (leader: ProcessIdentity) => this.#observer.groupStarted(spec, leader),
      ended: (leader: ProcessIdentity) => this.#observer.groupEnded(leader),
    };
    await runOnce(spec.prepare, observer, this.#stopping.signal);
  }

  async #spawnOnce(): Promise<ProcessExit> {
    const child = spawnLogged(this.spec);
    this.#child = child;
    const exited = exitOf(child);
    const leader = child.pid === undefined ? null : identify(child.pid);
    const groups = leader ? this.#watchGroups(leader, endOf(exited)) : [];
    const exit = await exited;
    this.#child = null;
    // What it left behind (an app whose agent was killed) would hold the port.
    for (const group of groups) {
      if (group === leader || groupLives(group)) signalIfThere(-group.pid, 'SIGKILL');
      this.#observer.groupEnded(group);
    }
    return exit;
  }

  #watchGroups(leader: ProcessIdentity, ended: AbortSignal): readonly ProcessIdentity[] {
    const started = (group: ProcessIdentity) => this.#observer.groupStarted(this.spec, group);
    return watchGroups(leader, { hasOffspring: this.spec.hasOffspring ?? false, started }, ended);
  }

  async #signalInSteps(): Promise<void> {
    const child = this.#child;
    if (!child?.pid) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const done = AbortSignal.any([this.#hurry.signal, endOf(exited)]);
    for (const step of this.spec.stopSteps) {
      if (done.aborted) break;
      signalIfThere(child.pid, step.signal);
      await sleep(step.waitMs, done);
    }
    if (hasEnded(child)) return;
    signalIfThere(-child.pid, 'SIGKILL');
  }
}
