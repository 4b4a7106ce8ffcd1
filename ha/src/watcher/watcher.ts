import { errorMessage, type Intent, type Logger, MusterError, monotonicMs } from '@muster/membership';
import type { Drain, DrainRules } from '../drain/drain-tracker.js';
import type { BalancerDriver } from '../drivers/driver.js';
import type { GuardState, ShrinkLimits } from '../guard/guard.js';
import type { RunningState } from '../plan/desired.js';
import { describePlan, isEmpty, makePlan, type Plan, type Step } from '../plan/plan.js';
import type { Structure } from '../render/structure.js';
import type { Settings } from '../settings.js';
import type { LastGood } from '../state/last-good.js';
import type { Acknowledger } from './acknowledger.js';
import { type Decision, decide } from './decide.js';
import type { createHungFinder } from './hung.js';
import type { Inputs } from './inputs.js';
import { createPace } from './pace.js';
import type { ReloadGate } from './reload-gate.js';
import type { Reporter } from './reporter.js';
import type { StructureStore } from './structure-store.js';
import type { Snapshot } from './view.js';
import type { Wake } from './wake.js';

export interface WatcherOptions {
  readonly services: readonly string[];
  readonly driver: BalancerDriver;
  readonly inputs: Inputs;
  readonly structures: StructureStore;
  readonly reporter: Reporter;
  readonly acknowledger: Acknowledger;
  readonly hung: ReturnType<typeof createHungFinder>;
  readonly gate: ReloadGate;
  readonly wake: Wake;
  readonly lastGood: LastGood | null;
  readonly save: (state: LastGood) => Promise<void>;
  /** Called when a drain that an operator's `leave` began is over, for members without an agent. */
  readonly onLeft: (service: string, id: string) => void;
  readonly limits: ShrinkLimits;
  readonly rules: (settings: Settings) => DrainRules;
  readonly logger: Logger;
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
}

export function createWatcher(options: WatcherOptions): Watcher {
  const { services, driver, inputs, structures, reporter, acknowledger, hung, gate, wake, logger } = options;
  let guards: ReadonlyMap<string, GuardState> = new Map(
    [...(options.lastGood?.services ?? [])].map(([name, { guard }]) => [name, guard]),
  );
  let drains: ReadonlyMap<string, Drain> = new Map();
  let running: RunningState | null = null;
  let plan: Plan | null = null;
  let problem: string | null = null;
  let forced: string | null = null;
  const released = new Set<string>();
  /** Steps that were made but not told: a join is told before the server that it brought. */
  const untold: Step[] = [];
  const pace = createPace();
  let markReady = () => {};
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });

  return {
    ready,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await pass(signal);
          problem = null;
          pace.succeeded();
        } catch (error) {
          if (signal.aborted) break;
          failed(error);
        }
        await wake.wait(pace.waitMs({ draining: openDrains() }), signal);
        await pace.gap(signal);
      }
      markReady();
      await acknowledger.settled();
    },
    snapshot: () => ({ guards, intents: intents(), running, plan }),
    problem: () => problem ?? structures.problem,
    release(service, id) {
      released.add(`${service}/${id}`);
      wake.call();
    },
  };

  /** One pass: read → decide → plan → apply → tell. It compares with what runs, so a missed change is only a late one. */
  async function pass(signal: AbortSignal): Promise<void> {
    const nowMs = monotonicMs();
    const closely = openDrains() || hung.waiting() || pace.dueForStatistics(nowMs);
    const now = await driver.read({ inFlight: closely }, signal);
    running = keepCounts(now, running);
    const sets = new Map(services.map((service) => [service, inputs.get(service).set]));
    const decision = decide({
      services,
      running: now,
      sets,
      intents: intents(),
      guards,
      drains,
      released,
      nowMs,
      limits: options.limits,
      rules: options.rules(structures.accepted.settings),
    });
    if (!decision) return;
    ({ guards, drains } = decision);
    await enact(decision, now, nowMs, signal);
    tell(now, nowMs, signal);
    await cutHung(now, nowMs, signal);
    await keep(decision);
    if (services.every((service) => inputs.get(service).set !== null)) markReady();
  }

  async function enact(decision: Decision, now: RunningState, nowMs: number, signal: AbortSignal): Promise<void> {
    const structure = structures.candidate ?? structures.accepted;
    plan = withForce(makePlan(decision.desired, now, structure.revision));
    if (isEmpty(plan)) {
      if (structures.candidate) structures.accept();
      return;
    }
    if (plan.reload === null) return applySteps(plan, structure, signal);
    const waitMs = gate.waitMs(await driver.read({ inFlight: true }, signal), nowMs);
    if (waitMs === 0) return applyReload(plan, structure, signal);
    pace.soon(waitMs);
    const meanwhile = makePlan(decision.desired, now, structures.accepted.revision);
    if (meanwhile.reload === null && !isEmpty(meanwhile)) await applySteps(meanwhile, structures.accepted, signal);
  }

  async function applySteps(steps: Plan, structure: Structure, signal: AbortSignal): Promise<void> {
    const { pending } = await driver.apply(steps, structure, signal);
    const done = steps.steps.filter((step) => !pending.includes(step));
    untold.push(...done);
    if (done.length > 0) {
      logger.debug({ plan: describePlan(steps) }, 'applied');
      pace.changed();
    }
  }

  async function applyReload(reload: Plan, structure: Structure, signal: AbortSignal): Promise<void> {
    const reason = reload.reload ?? '';
    try {
      await driver.apply(reload, structure, signal);
    } catch (error) {
      gate.used(monotonicMs());
      if (!structures.candidate) throw error;
      structures.refuse(errorMessage(error));
      return pace.soon(0);
    }
    gate.used(monotonicMs());
    forced = null;
    structures.accept();
    reporter.event({
      type: 'config-applied',
      service: null,
      member: null,
      message: `reloaded: ${reason}`,
      detail: { reason, revision: structure.revision },
    });
    pace.soon(0);
  }

  function withForce(next: Plan): Plan {
    return forced === null ? next : { ...next, steps: [], reload: forced };
  }

  /** After the traffic has what it needs: events, acknowledgements. */
  function tell(now: RunningState, nowMs: number, signal: AbortSignal): void {
    for (const service of services) {
      const { set } = inputs.get(service);
      if (set) reporter.set(set);
      reporter.intents(service, intents().get(service) ?? new Map());
    }
    for (const step of untold.splice(0)) reporter.step(step);
    for (const [service, state] of guards) reporter.guarded(service, state);
    reporter.running(now);
    reporter.drains(drains);
    acknowledger.publish(drains.values(), nowMs, signal);
    for (const { backend, id, boot, drainedMs } of drains.values()) {
      if (drainedMs !== null && boot === '' && intents().get(backend)?.get(id) === 'leave') options.onLeft(backend, id);
    }
  }

  async function cutHung(now: RunningState, nowMs: number, signal: AbortSignal): Promise<void> {
    for (const { backend, name } of hung.find(now, nowMs)) {
      const inFlight = now.backends.get(backend)?.get(name)?.inFlight ?? 0;
      if (inFlight === 0) continue;
      await driver.cut(backend, name, signal);
      reporter.event({
        type: 'server-cut',
        service: backend,
        member: name,
        message: `${inFlight} hung requests on ${name} were cut`,
        detail: { inFlight },
      });
    }
  }

  /** Off the hot path: what a restart of the balancer, or of this process, needs to go on. */
  async function keep({ desired }: Decision): Promise<void> {
    await driver.persist(desired, structures.accepted);
    const { sources, settings } = structures.accepted;
    const entries = [...guards].map(
      ([name, guard]) => [name, { guard, draining: [...(intents().get(name)?.keys() ?? [])] }] as const,
    );
    await options.save({ services: new Map(entries), structure: { sources, settings } });
    for (const key of released) if (!isListed(key)) released.delete(key);
  }

  function isListed(key: string): boolean {
    return [...guards].some(([service, { verdicts }]) => [...verdicts.keys()].some((id) => `${service}/${id}` === key));
  }

  /** Before the registry has answered, the intents of the last good state hold. */
  function intents(): ReadonlyMap<string, ReadonlyMap<string, Intent>> {
    return new Map(
      services.map((service) => {
        const kept = options.lastGood?.services.get(service)?.draining ?? [];
        return [service, inputs.get(service).intents ?? new Map(kept.map((id) => [id, 'drain' as const]))];
      }),
    );
  }

  function openDrains(): boolean {
    return [...drains.values()].some((drain) => drain.drainedMs === null);
  }

  function failed(error: unknown): void {
    const message = errorMessage(error);
    const code = error instanceof MusterError ? error.code : 'internal';
    if (code === 'balancer-answer-unknown') forced = message;
    if (message !== problem) {
      reporter.event({ type: 'apply-failed', service: null, member: null, message, detail: { code } });
    }
    problem = message;
    pace.failed();
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
  return { ...now, backends: new Map(backends) };
}
