import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually.js';
import { type ProcessRef, processTable, signalRef } from './process-table.js';

export interface ProcessSpec {
  /** For messages and the log file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** stdout and stderr are appended here. */
  readonly logFile: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the start of the process to its end. */
  readonly ranMs: number;
}

/** One process in its own process group, with everything it started. */
export class RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  exit: Exit | null = null;
  readonly #child: ChildProcess;
  #started: string | null = null;
  /** Descendants seen so far: they are still ours after their parent died. */
  readonly #family = new Map<number, ProcessRef>();

  constructor(spec: ProcessSpec) {
    const log = openSync(spec.logFile, 'a');
    const startedAt = performance.now();
    this.#child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', log, log],
      // TEST_RUN is how a leaked process is found (leaks.ts).
      env: { PATH: process.env.PATH ?? '', TEST_RUN: process.env.TEST_RUN ?? '', ...spec.env },
    });
    closeSync(log);
    if (this.#child.pid === undefined) throw new Error(`${spec.name}: ${spec.command} could not be started`);
    this.name = spec.name;
    this.pid = this.#child.pid;
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.exit = { code, signal, ranMs: performance.now() - startedAt };
        resolve(this.exit);
      });
    });
  }

  /** Signals this process alone; false when it has already ended. */
  signal(signal: NodeJS.Signals): boolean {
    return this.exit === null && this.#child.kill(signal);
  }

  /** Signals this process and everything it started, each only while its pid is still the same process. */
  signalAll(signal: NodeJS.Signals): void {
    for (const one of [...this.#refresh()].reverse()) signalRef(one, signal);
  }

  /** Pids of what this process started, itself left out. */
  children(): number[] {
    return this.#refresh()
      .filter((one) => one.pid !== this.pid)
      .map((one) => one.pid);
  }

  /** Signals what this process started (the app of an agent), but not the process itself. */
  signalChildren(signal: NodeJS.Signals): void {
    for (const one of this.#refresh()) if (one.pid !== this.pid) signalRef(one, signal);
  }

  /** SIGKILL to all, and waits until none is left. A supervisor must not start anew what was killed before it was. */
  async kill(): Promise<void> {
    this.#freeze();
    this.signalAll('SIGKILL');
    await this.exited;
    await eventually(() => {
      const left = this.#refresh();
      for (const one of left) signalRef(one, 'SIGKILL');
      if (left.length > 0) throw new Error(`${this.name}: ${left.map((one) => one.pid)} still run`);
    });
  }

  /** SIGTERM; SIGKILL to all after `graceMs`. */
  async stop(graceMs: number): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = new AbortController();
    await Promise.race([this.exited, delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    await this.kill();
    return this.exited;
  }

  /** Once all stand still nobody starts another one, from which nothing would lead back to us. */
  #freeze(): void {
    const frozen = new Set<string>();
    const nameOf = ({ pid, started }: ProcessRef) => `${pid} ${started}`;
    const awake = () => this.#refresh().filter((one) => !frozen.has(nameOf(one)));
    for (let found = awake(); found.length > 0; found = awake()) {
      for (const one of found) {
        signalRef(one, 'SIGSTOP');
        frozen.add(nameOf(one));
      }
    }
  }

  #refresh(): ProcessRef[] {
    const table = processTable();
    for (const [pid, known] of this.#family) if (table.get(pid)?.started !== known.started) this.#family.delete(pid);
    const root = table.get(this.pid);
    if (this.exit === null && root) this.#started = root.started;
    // The group id cannot be given to a stranger while the group has members, so no leader or our leader means ours.
    const groupIsOurs = root === undefined || root.started === this.#started;
    for (let grown = true; grown; ) {
      grown = false;
      for (const one of table.values()) {
        const related = this.#family.has(one.parent) || (groupIsOurs && one.group === this.pid);
        if (!related || this.#family.has(one.pid)) continue;
        this.#family.set(one.pid, one);
        grown = true;
      }
    }
    return [...this.#family.values()];
  }
}

/** Runs a process to its end; rejects, with the last lines of its log, when it does not exit with 0 in time. */
export async function runToEnd(spec: ProcessSpec, deadlineMs = 20_000): Promise<void> {
  const running = new RunningProcess(spec);
  const timer = setTimeout(() => running.signalAll('SIGKILL'), deadlineMs);
  const exit = await running.exited;
  clearTimeout(timer);
  if (exit.code !== 0) throw new Error(`${spec.name} ended with ${exit.code ?? exit.signal}:\n${tail(spec.logFile)}`);
}

/** The last lines of a log file, for messages. */
export function tail(file: string, lines = 15): string {
  try {
    const text = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    return `--- ${basename(file)}\n${text}`;
  } catch {
    return `--- ${basename(file)}: not there`;
  }
}
