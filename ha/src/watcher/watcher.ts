import { errorCode, errorMessage, type MemberSet, monotonicMs, type Wake } from '@muster/membership';
import type { Drain, DrainRules } from '../drain/drain-tracker.js';
import type { BalancerDriver } from '../drivers/driver.js';
import type { ClusterEvent } from '../events/event.js';
import { type GuardState, inForce, type ShrinkLimits } from '../guard/guard.js';
import type { RunningState } from '../plan/desired.js';
import type { Plan, Step } from '../plan/plan.js';
import type { Settings } from '../settings.js';
import type { LastGood } from '../state/last-good.js';
import type { Acknowledger } from './acknowledger.js';
import { changes, type Told } from './changes.js';
import { decide } from './decide.js';
import type { Enactor } from './enact.js';
import type { HungCutter } from './hung.js';
import type { Answers, Inputs } from './inputs.js';
import type { Pace } from './pace.js';
import { createReleased } from './released.js';
import type { StructureStore } from './structure-store.js';
import type { Snapshot } from './view.js';

export interface WatcherOptions {
  readonly services: readonly string[];
  readonly driver: BalancerDriver;
  readonly inputs: Inputs;
  readonly structures: StructureStore;
  readonly enactor: Enactor;
  readonly publish: (event: ClusterEvent) => void;
  /** The sets that were known when the last watcher stopped: they are no news. */
  readonly known: ReadonlyMap<string, MemberSet>;
  readonly acknowledger: Acknowledger;
  readonly hung: HungCutter;
  readonly pace: Pace;
  readonly wake: Wake;
  /** What was known when the last watcher stopped. */
  readonly guards: ReadonlyMap<string, GuardState>;
  readonly save: (state: LastGood) => void;
  /** Called while a member without an agent is drained and an operator asked it to leave. */
  readonly onLeft: (service: string, id: string) => void;
  readonly limits: ShrinkLimits;
  readonly rules: (settings: Settings) => DrainRules;
}

/** The loop that keeps one balancer equal to the membership. */
export interface Watcher {
  run(signal: AbortSignal): Promise<void>;
  snapshot(): Snapshot;
  /** The last fault, or null. */
  problem(): string | null;
  /** Lets a member go that the guard holds. */
  release(service: string, id: string): void;
  /** Resolves after the first pass that knew every service: the balancer now equals the membership. */
  readonly ready: Promise<void>;
  /** Resolves after the first pass: the balancer answers. It never does without one. */
  readonly passed: Promise<void>;
}

export function createWatcher(options: WatcherOptions): Watcher {
  const { services, driver, inputs, structures, enactor, publish, acknowledger, hung, pace, wake } = options;
  let guards = options.guards;
  let drains: ReadonlyMap<string, Drain> = new Map();
  let running: RunningState | null = null;
  let plan: Plan | null = null;
  let answers = inputs.take();
  let told: Told = { ...answers, sets: options.known, intents: new Map(), guards, drains, running: null };
  let problem: string | null = null;
  const released = createReleased(services);
  let passedMs: number | null = null;
  let markPassed = () => {};
  const passed = new Promise<void>((resolve) => {
    markPassed = resolve;
  });
  let markReady = () => {};
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });

  return {
    ready,
    passed,
    async run(signal) {
      while (!signal.aborted) {
        await attempt(signal);
        await pace.rest(wake, youngestDrainMs(), signal);
      }
      markReady();
      await acknowledger.settled();
    },
    snapshot: () => ({ guards, intents: answers.intents, weights: answers.weights, running, plan, drains, passedMs }),
    problem: () => problem ?? structures.problem,
    release(service, id) {
      released.add(service, id);
      wake.call();
    },
  };

  async function attempt(signal: AbortSignal): Promise<void> {
    try {
      note(await pass(signal));
      pace.succeeded();
      passedMs = monotonicMs();
      markPassed();
    } catch (error) {
      if (!signal.aborted) failed(error);
    }
  }

  /**
   * One pass: read → decide → plan → apply → tell. It compares with what runs, so a missed change is only a late one. Gives
   * the fault that keeps the wanted structure from running, or null.
   */
  async function pass(signal: AbortSignal): Promise<unknown> {
    const nowMs = monotonicMs();
    const calm = !pace.hurried;
    const inFlight = calm && (openDrains() || hung.waiting() || pace.dueForStatistics(nowMs));
    const now = await driver.read({ inFlight }, signal);
    running = keepCounts(now, running);
    const { limits, rules } = options;
    answers = inputs.take();
    const known = { ...answers, guards, drains, released: released.ids };
    const decision = decide({
      services,
      running: now,
      nowMs,
      limits,
      rules: rules(structures.accepted.settings),
      ringWeight: (structures.candidate ?? structures.accepted).ringWeight,
      ...known,
    });
    if (!decision) return null;
    guards = decision.guards;
    released.forget(guards, answers.sets);
    drains = decision.drains;
    const enacted = await enactor.enact(decision.desired, now, signal);
    plan = enacted.plan;
    tell(answers, now, enacted.done, nowMs, signal);
    await hung.cut(now, nowMs, signal);
    // A file of a structure that does not run might not even start.
    if (inFlight && now.revision === structures.accepted.revision) {
      await driver.persist(decision.desired, structures.accepted);
    }
    if (inFlight || enacted.done.length > 0) save();
    if (inputs.complete()) markReady();
    return enacted.fault;
  }

  /** After the traffic has what it needs: events and acknowledgements. */
  function tell(
    { sets, intents, weights }: Answers,
    now: RunningState,
    done: readonly Step[],
    nowMs: number,
    signal: AbortSignal,
  ): void {
    const inForceNow = [...sets.values()].flatMap((set) => (set ? [inForce(set, guards.get(set.service))] : []));
    const next = {
      // Before the first answer what was known stays known.
      sets: new Map([...told.sets, ...inForceNow.map((set) => [set.service, set] as const)]),
      ...{ intents, weights, guards, drains, running: now },
    };
    for (const event of changes(told, next, done)) publish(event);
    told = next;
    acknowledger.publish(drains.values(), nowMs, signal);
    for (const { backend, id, boot, drainedMs } of drains.values()) {
      if (drainedMs !== null && boot === '' && intents.get(backend)?.get(id) === 'leave') options.onLeft(backend, id);
    }
  }

  /** What a restart of the balancer, or of this process, needs to go on. The loop does not wait for the disk. */
  function save(): void {
    const { sources, settings } = structures.accepted;
    const { intents, weights } = answers;
    const kept = [...guards].map(([name, guard]) => {
      const draining = [...(intents.get(name)?.keys() ?? [])];
      return [name, { guard, draining, weights: weights.get(name) ?? new Map() }] as const;
    });
    options.save({ services: new Map(kept), structure: { sources, settings } });
  }

  function openDrains(): boolean {
    return [...drains.values()].some((drain) => drain.drainedMs === null);
  }

  /** Age of the drain that began last, or null when none is open. */
  function youngestDrainMs(): number | null {
    const open = [...drains.values()].filter((drain) => drain.drainedMs === null);
    return open.length === 0 ? null : monotonicMs() - Math.max(...open.map((drain) => drain.startedMs));
  }

  function failed(error: unknown): void {
    note(error);
    pace.failed();
  }

  /** Keeps the fault for the status, and tells it once. */
  function note(fault: unknown): void {
    const message = fault === null ? null : errorMessage(fault);
    if (message !== null && message !== problem) {
      const detail = { code: errorCode(fault) ?? 'internal' };
      publish({ type: 'apply-failed', service: null, member: null, message, detail });
    }
    problem = message;
  }
}

/** Statistics are not read in every pass: the last counts stay for the view. */
function keepCounts(now: RunningState, before: RunningState | null): RunningState {
  const backends = [...now.backends].map(([name, servers]) => {
    const old = before?.backends.get(name);
    const counted = [...servers].map(
      ([id, server]) => [id, { ...server, inFlight: server.inFlight ?? old?.get(id)?.inFlight ?? null }] as const,
    );
    return [name, new Map(counted)] as const;
  });
  return { ...now, backends: new Map(backends), oldWorkers: now.oldWorkers ?? before?.oldWorkers ?? null };
}
