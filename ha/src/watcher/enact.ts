import { errorMessage, type Logger, MusterError, monotonicMs } from '@muster/membership';
import type { BalancerDriver } from '../drivers/driver.js';
import type { ClusterEvent } from '../events/event.js';
import type { DesiredState, RunningState } from '../plan/desired.js';
import { describePlan, isEmpty, makePlan, type Plan, type Step } from '../plan/plan.js';
import type { Structure } from '../render/structure.js';
import type { Pace } from './pace.js';
import type { ReloadGate } from './reload-gate.js';
import type { StructureStore } from './structure-store.js';

export interface EnactorOptions {
  readonly driver: BalancerDriver;
  readonly structures: StructureStore;
  readonly gate: ReloadGate;
  readonly pace: Pace;
  readonly publish: (event: ClusterEvent) => void;
  readonly logger: Logger;
}

/** What was planned, and which steps are done. */
export interface Enacted {
  readonly plan: Plan;
  readonly done: readonly Step[];
}

/** Plans against the running state and carries the plan out: steps over the socket, structure by a reload. */
export interface Enactor {
  enact(desired: DesiredState, running: RunningState, signal: AbortSignal): Promise<Enacted>;
}

export function createEnactor({ driver, structures, gate, pace, publish, logger }: EnactorOptions): Enactor {
  /** Why only a reload can settle what runs: a reply that no list knows. */
  let forced: string | null = null;

  return {
    async enact(desired, running, signal) {
      const structure = structures.candidate ?? structures.accepted;
      const planned = makePlan(desired, running, structure.revision);
      const plan = forced === null ? planned : { ...planned, steps: [], reload: forced };
      if (isEmpty(plan)) {
        structures.accept();
        return { plan, done: [] };
      }
      if (plan.reload === null) return { plan, done: await applySteps(plan, structure, signal) };
      const waitMs = gate.waitMs(await driver.read({ inFlight: true }, signal), monotonicMs());
      if (waitMs > 0) return { plan, done: await postpone(waitMs, desired, running, signal) };
      await applyReload(plan, plan.reload, structure, signal);
      return { plan, done: [] };
    },
  };

  async function applySteps(plan: Plan, structure: Structure, signal: AbortSignal): Promise<Step[]> {
    try {
      const { pending } = await driver.apply(plan, structure, signal);
      const done = plan.steps.filter((step) => !pending.includes(step));
      if (done.length > 0) {
        logger.debug({ plan: describePlan(plan) }, 'applied');
        pace.changed();
      }
      return done;
    } catch (error) {
      if (error instanceof MusterError && error.code === 'balancer-answer-unknown') forced = error.message;
      throw error;
    }
  }

  /** A reload that must wait does not keep members waiting: they go into the structure that runs. */
  async function postpone(
    waitMs: number,
    desired: DesiredState,
    running: RunningState,
    signal: AbortSignal,
  ): Promise<Step[]> {
    pace.soon(waitMs);
    const meanwhile = makePlan(desired, running, structures.accepted.revision);
    return meanwhile.reload === null && !isEmpty(meanwhile) ? applySteps(meanwhile, structures.accepted, signal) : [];
  }

  async function applyReload(plan: Plan, reason: string, structure: Structure, signal: AbortSignal): Promise<void> {
    pace.soon(0);
    try {
      await driver.apply(plan, structure, signal);
    } catch (error) {
      if (structure === structures.accepted) throw error;
      structures.refuse(errorMessage(error));
      return;
    } finally {
      gate.tried(monotonicMs());
    }
    gate.made();
    forced = null;
    structures.accept();
    publish({
      type: 'config-applied',
      service: null,
      member: null,
      message: `reloaded: ${reason}`,
      detail: { reason, revision: structure.revision },
    });
  }
}
