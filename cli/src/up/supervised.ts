import { errorMessage, sleep } from '@muster/membership';
import type { ProcessExit } from './child.js';
import type { ProcessIdentity } from './process-info.js';
import { type ProcessRun, startRun } from './process-run.js';
import type { AfterExit, ProcessSpec, SuperviseObserver } from './process-spec.js';
import { runOnce } from './run-once.js';

/** A process that ended sooner than this is started again only after this wait. */
export const RESTART_GAP_MS = 1_000;

/** Keeps one process running until it is stopped or ends for good. */
export class Supervised {
  readonly spec: ProcessSpec;
  readonly #observer: SuperviseObserver;
  readonly #stopping = new AbortController();
  readonly #hurry = new AbortController();
  #run: ProcessRun | null = null;
  #loop: Promise<void> | null = null;
  /** What earlier runs left behind and is still there. */
  readonly #clearing = new Set<Promise<void>>();
  #over = false;

  constructor(spec: ProcessSpec, observer: SuperviseObserver) {
    this.spec = spec;
    this.#observer = observer;
  }

  /** The pid of the process that runs now, or null. */
  get pid(): number | null {
    return this.#run?.pid ?? null;
  }

  /** True once it has ended and will not be started again. */
  get over(): boolean {
    return this.#over;
  }

  start(): void {
    this.#loop ??= this.#superviseLoop();
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
    if (first) await this.#run?.stop(this.spec.stopSteps, this.#hurry.signal);
    await this.#loop;
    await Promise.all(this.#clearing);
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
      this.#run = startRun(this.spec, this.#observer, this.#hurry.signal);
      this.#keepUntilGone(this.#run.cleared);
      return await this.#run.over;
    } catch (thrown) {
      return { code: null, signal: null, livedMs: 0, problem: errorMessage(thrown) };
    } finally {
      this.#run = null;
    }
  }

  #keepUntilGone(cleared: Promise<void>): void {
    this.#clearing.add(cleared);
    void cleared.then(() => this.#clearing.delete(cleared));
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
}
