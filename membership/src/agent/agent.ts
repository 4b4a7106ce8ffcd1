import { backoff, monotonicMs } from '../clock.js';
import { withDeadline } from '../deadline.js';
import { errorMessage, MusterError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Registration } from '../member.js';
import type { Registrar } from '../registrar.js';
import { createWake } from '../wake.js';
import { cell, until } from './follow.js';
import {
  type Announced,
  announcedAfter,
  dueCall,
  type Happening,
  nextPhase,
  type Phase,
  type RegistrarCall,
} from './phase.js';

export interface AgentOptions {
  readonly self: Registration;
  readonly registrar: Registrar;
  /** From the start of one heartbeat to the start of the next. */
  readonly heartbeatMs: number;
  /** For one call to the registry; below the TTL, so that a call that hangs does not cost the lease. */
  readonly callDeadlineMs: number;
  readonly log: Logger;
}

/** First wait after a failed call; it doubles up to one heartbeat. */
const RETRY_FIRST_MS = 100;

const NEVER = new AbortController().signal;

/**
 * Keeps the registry saying what the agent's phase says. One loop makes every call, so that calls never overlap and
 * never overtake each other. Faults are retried for ever, those that are not retryable too: an agent that gave up would
 * take an app out of the cluster, or down with it, that serves well.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #heard = cell<RegistrarCall>();
  readonly #wake = createWake();
  #self: Registration;
  /** What the entry in the registry says, as far as we know. */
  #said: Registration | null = null;
  #phase: Phase = 'waiting';
  #announced: Announced = 'nothing';
  #reason = '';
  #tried = false;
  #registryLost = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#self = options.self;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether the registry has accepted an entry of ours. */
  get isRegistered(): boolean {
    return this.#announced !== 'nothing';
  }

  /** Whether the registry may hold an entry of ours: also after a join without an answer. */
  get mayBeRegistered(): boolean {
    return this.#tried;
  }

  /** Tells the agent what happened; the registry hears of it at once. `reason` is for `app-unhealthy`. */
  report(happening: Happening, reason = ''): void {
    const next = nextPhase(this.#phase, happening);
    if (next === this.#phase) return;
    this.#phase = next;
    this.#reason = reason;
    this.#wake.call();
  }

  /**
   * How much of its share the member can take from now on, in percent. The registry hears of it at once if it knows the
   * member as one that serves, else together with its next join.
   */
  setCapacity(capacity: number): void {
    if (capacity === (this.#self.capacity ?? 100)) return;
    this.#self = { ...this.#self, capacity };
    this.#wake.call();
  }

  /** True once the registry has accepted what the phase stands for; false when `signal` aborts before. */
  settled(signal: AbortSignal): Promise<boolean> {
    return until([this.#heard], () => this.#isSettled(), signal);
  }

  /**
   * Runs until `signal` aborts. A call under way is finished, within its deadline: cut off, its write could land after
   * the leave that follows and bring the entry back.
   */
  async run(signal: AbortSignal): Promise<void> {
    const retry = backoff(RETRY_FIRST_MS, this.#options.heartbeatMs);
    while (!signal.aborted) {
      const startedMs = monotonicMs();
      const accepted = await this.#pass();
      if (accepted) retry.reset();
      const leftMs = Math.max(0, this.#options.heartbeatMs - (monotonicMs() - startedMs));
      await this.#wake.wait(accepted ? leftMs : retry.next(), signal);
    }
  }

  /** Makes the one call that is due; false when it failed. */
  async #pass(): Promise<boolean> {
    const call = dueCall(this.#phase, this.#announced, this.#isStale());
    if (call === null) return true;
    const self = this.#self;
    try {
      this.#tried = true;
      await withDeadline(this.#options.callDeadlineMs, NEVER, (deadline) => this.#make(call, self, deadline));
    } catch (thrown) {
      this.#lost(call, thrown);
      return false;
    }
    this.#accepted(call, self);
    return true;
  }

  #make(call: RegistrarCall, self: Registration, signal: AbortSignal): Promise<void> {
    const { registrar } = this.#options;
    return call === 'fail' ? registrar.fail(self, this.#reason, signal) : registrar[call](self, signal);
  }

  #accepted(call: RegistrarCall, self: Registration): void {
    const { log, registrar } = this.#options;
    if (this.#registryLost) log.info({ registry: registrar.name, call }, 'registry back');
    this.#registryLost = false;
    const before = this.#announced;
    this.#announced = announcedAfter(call, before);
    if (this.#announced !== before) this.#logChange(before);
    else if (call === 'join') log.info({ capacity: self.capacity ?? 100 }, 'capacity told');
    else log.debug({ call }, 'registry heard');
    // A heartbeat keeps the entry alive as it stands.
    if (call === 'join' || call === 'leaving') this.#said = self;
    this.#heard.set(call);
  }

  #logChange(before: Announced): void {
    const { log, self } = this.#options;
    const fields = { service: self.service, id: self.id, boot: self.boot };
    if (this.#announced === 'failed') log.warn({ ...fields, reason: this.#reason }, 'failed');
    else if (this.#announced === 'alive') log.info(fields, before === 'nothing' ? 'joined' : 'joined again');
  }

  /** One line per outage, whatever the number of attempts. */
  #lost(call: RegistrarCall, thrown: unknown): void {
    const { log, registrar } = this.#options;
    const code = thrown instanceof MusterError ? thrown.code : 'unknown';
    const fields = { registry: registrar.name, call, code, error: errorMessage(thrown) };
    if (this.#registryLost) log.debug(fields, 'registry still lost');
    else log.warn(fields, 'registry lost: it is tried again until it answers');
    this.#registryLost = true;
  }

  #isStale(): boolean {
    return this.#said !== null && this.#said !== this.#self;
  }

  #isSettled(): boolean {
    const call = dueCall(this.#phase, this.#announced);
    return call === null || (call === 'heartbeat' && this.#announced !== 'failed');
  }
}
