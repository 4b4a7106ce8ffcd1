import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessSpec, RunningProcess } from './processes.js';

/** A process that is started again when it ends, as s6 does, until `stop`. */
export class SupervisedProcess {
  starts = 0;
  current: RunningProcess;
  readonly #spec: ProcessSpec;
  readonly #restartAfterMs: number;
  #stopping = false;
  #loop: Promise<void>;

  constructor(spec: ProcessSpec, restartAfterMs = 100) {
    this.#spec = spec;
    this.#restartAfterMs = restartAfterMs;
    this.current = this.#start();
    this.#loop = this.#watch();
  }

  async stop(graceMs = 5_000): Promise<void> {
    this.#stopping = true;
    await this.current.stop(graceMs);
    await this.#loop;
    await this.current.kill();
  }

  #start(): RunningProcess {
    this.starts += 1;
    return new RunningProcess(this.#spec);
  }

  async #watch(): Promise<void> {
    for (;;) {
      await this.current.exited;
      if (this.#stopping) return;
      await delay(this.#restartAfterMs);
      if (this.#stopping) return;
      await this.current.kill();
      this.current = this.#start();
    }
  }
}
