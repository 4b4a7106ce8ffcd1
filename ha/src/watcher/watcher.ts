import { monotonicMs, type Wake } from '@muster/membership';
import type { Drain, DrainRules } from '../drain/drain-tracker.js';
import type { BalancerDriver } from '../drivers/driver.js';
import type { GuardState, ShrinkLimits } from '../guard/guard.js';
import type { RunningState } from '../plan/desired.js';
import type { Plan } from '../plan/plan.js';
import type { Settings } from '../settings.js';
import type { LastGood } from '../state/last-good.js';
import { decide } from './decide.js';
import type { Enactor } from './enact.js';
import type { HungCutter } from './hung.js';
import type { Inputs } from './inputs.js';
import type { Pace } from './pace.js';
import { createReleased } from './released.js';
import type { StructureStore } from './structure-store.js';
import type { Teller } from './tell.js';
import { keepCounts, type Snapshot } from './view.js';

export interface WatcherOptions {
  readonly services: readonly string[];
  readonly driver: BalancerDriver;
  readonly inputs: Inputs;
  readonly structures: StructureStore;
  readonly enactor: Enactor;
  readonly teller: Teller;
  readonly hung: HungCutter;
  readonly pace: Pace;
  readonly wake: Wake;
  /** What was known when the last watcher stopped. */
  readonly guards: ReadonlyMap<string, GuardState>;
  readonly save: (state: LastGood) => void;
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
  const { services, driver, inputs, structures, enactor, teller, hung, pace, wake } = options;
  let guards = options.guards;
  let drains: ReadonlyMap<string, Drain> = new Map();
  let running: RunningState | null = null;
  let plan: Plan | null = null;
  let answers = inputs.take();
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
      await teller.settled();
    },
    snapshot: () => ({ guards, intents: answers.intents, weights: answers.weights, running, plan, drains, passedMs }),
    problem: () => teller.problem ?? structures.problem,
    release(service, id) {
      released.add(service, id);
      wake.call();
    },
  };

  async function attempt(signal: AbortSignal): Promise<void> {
    try {
      teller.tellFault(await pass(signal));
      pace.succeeded();
      passedMs = monotonicMs();
      markPassed();
    } catch (error) {
      if (signal.aborted) return;
      teller.tellFault(error);
      pace.failed();
    }
  }

  /**
   * One pass: read → decide → plan → apply → tell. It compares with what runs, so a missed change is only a late one. Gives
   * the fault that keeps the wanted structure from running, or null.
   */
  async function pass(signal: AbortSignal): Promise<unknown> {
    const nowMs = monotonicMs();
    const calm = !pace.hurried;
    const inFlight = calm && (openDrains().length > 0 || hung.waiting() || pace.dueForStatistics(nowMs));
    const now = await driver.read({ inFlight }, signal);
    running = keepCounts(now, running);
    answers = inputs.take();
    const decision = decide({
      ...{ services, running: now, nowMs, limits: options.limits },
      ...{ ...answers, guards, drains, released: released.ids },
      rules: options.rules(structures.accepted.settings),
      ringWeight: (structures.candidate ?? structures.accepted).ringWeight,
    });
    if (!decision) return null;
    guards = decision.guards;
    released.forget(guards, answers.sets);
    drains = decision.drains;
    // Known before it is carried out: until then nobody may be told that all is in sync.
    plan = enactor.plan(decision.desired, now);
    const enacted = await enactor.enact(plan, now, signal);
    teller.tell({ ...answers, guards, drains, running: now }, enacted.done, nowMs, signal);
    await hung.cut(now, nowMs, signal);
    // A file of a structure that does not run might not even start.
    if (inFlight && now.revision === structures.accepted.revision) {
      await driver.persist(decision.desired, structures.accepted);
    }
    if (inFlight || enacted.done.length > 0) save();
    if (inputs.complete()) markReady();
    return enacted.fault;
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

  function openDrains(): Drain[] {
    return [...drains.values()].filter((drain) => drain.drainedMs === null);
  }

  /** Age of the drain that began last, or null when none is open. */
  function youngestDrainMs(): number | null {
    const open = openDrains();
    return open.length === 0 ? null : monotonicMs() - Math.max(...open.map((drain) => drain.startedMs));
  }
}
