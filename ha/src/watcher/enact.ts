import { errorCode, errorMessage, type Logger, MusterError, monotonicMs } from '@muster/membership';
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
  /** Spaces changes of members where each is a reload. */
  readonly memberGate: ReloadGate;
  readonly pace: Pace;
  readonly publish: (event: ClusterEvent) => void;
  readonly logger: Logger;
}

/** Which steps of a plan are done, and what stands in the way of the rest. */
export interface Enacted {
  readonly done: readonly Step[];
  /** Why the structure that is wanted does not run, or null. */
  readonly fault: unknown;
}

/** Plans against the running state and carries the plan out: steps over the socket, structure by a reload. */
export interface Enactor {
  plan(desired: DesiredState, running: RunningState): Plan;
  /** Takes what `plan` made of the same running state, in the same turn: the wanted structure may change in the next. */
  enact(plan: Plan, running: RunningState, signal: AbortSignal): Promise<Enacted>;
}

const OUT: ReadonlySet<Step['kind']> = new Set(['drain', 'maint', 'mark']);

export function createEnactor({
  driver,
  structures,
  gate,
  memberGate,
  pace,
  publish,
  logger,
}: EnactorOptions): Enactor {
  /** Why only a reload can settle what runs: a reply that no list knows, or a server that no command can move. */
  let forced: string | null = null;
  /**
   * Generations of old workers that may live: the last count, and one for each reload since. Not those that the cutting of
   * a hung server starts: until the next statistics, a second later, it may be one or two too low.
   */
  let oldWorkersAtMost = Number.POSITIVE_INFINITY;

  const apply: BalancerDriver['apply'] = async (...change) => {
    const before = oldWorkersAtMost;
    // One that fails may have started workers all the same.
    oldWorkersAtMost = Number.POSITIVE_INFINITY;
    const result = await driver.apply(...change);
    oldWorkersAtMost = before + (result.reloaded ? 1 : 0);
    return result;
  };

  return {
    plan(desired, running) {
      const planned = makePlan(desired, running, wanted().revision);
      return forced === null ? planned : { ...planned, steps: [], reload: forced };
    },

    async enact(plan, running, signal) {
      oldWorkersAtMost = running.oldWorkers ?? oldWorkersAtMost;
      const structure = wanted();
      if (plan.reload === null) {
        structures.accept(structure);
        return { done: await applySteps(plan, structure, true, signal), fault: null };
      }
      const steps = makePlan(plan.desired, running, running.revision);
      const waitMs = gate.waitMs(await countOldWorkers(signal), monotonicMs());
      if (waitMs > 0) pace.soon(waitMs);
      const tried = waitMs > 0 ? null : await tryReload(plan, plan.reload, structure, signal);
      if (tried?.made) return { done: steps.steps, fault: null };
      // A reload that must wait, or failed, does not keep members waiting: they go into the structure that runs.
      const runs = running.revision === structures.accepted.revision;
      return { done: await applySteps(steps, structures.accepted, runs, signal), fault: tried?.fault ?? null };
    },
  };

  function wanted(): Structure {
    return structures.candidate ?? structures.accepted;
  }

  async function applySteps(
    plan: Plan,
    structure: Structure,
    writeFile: boolean,
    signal: AbortSignal,
  ): Promise<Step[]> {
    if (isEmpty(plan) || (await mustWait(plan, signal))) return [];
    try {
      const { pending, needsReload, reloaded } = await apply(plan, structure, writeFile, signal);
      if (reloaded) memberGate.made(monotonicMs());
      // Once: while the gate keeps the reload waiting, each pass says so again.
      if (needsReload !== null && forced === null) {
        forced = needsReload;
        pace.soon(0);
      }
      const done = plan.steps.filter((step) => !pending.includes(step));
      if (done.length > 0) {
        logger.debug({ plan: describePlan(plan, driver.changesBy) }, 'applied');
        pace.changed();
      }
      return done;
    } catch (error) {
      if (error instanceof MusterError && error.code === 'balancer-answer-unknown') forced = error.message;
      throw error;
    }
  }

  /** Where members cost reloads, those that follow the first one wait, and come together. */
  async function mustWait({ steps }: Plan, signal: AbortSignal): Promise<boolean> {
    if (driver.changesBy === 'runtime') return false;
    // Who leaves or is dead must be out in time, however many old workers there are.
    const hurries = steps.some(({ kind }) => OUT.has(kind));
    // To count them is a look into each process: a change does not wait for it while there cannot be too many.
    if (memberGate.waitMs(hurries ? 0 : oldWorkersAtMost, monotonicMs()) === 0) return false;
    const waitMs = memberGate.waitMs(hurries ? 0 : await countOldWorkers(signal), monotonicMs());
    if (waitMs > 0) pace.soon(waitMs);
    return waitMs > 0;
  }

  async function countOldWorkers(signal: AbortSignal): Promise<number> {
    oldWorkersAtMost = (await driver.read({ inFlight: true }, signal)).oldWorkers ?? 0;
    return oldWorkersAtMost;
  }

  /** Only a fault of the candidate's own refuses it: a full disk, a restart of the balancer or our own stop is none. */
  async function tryReload(
    plan: Plan,
    reason: string,
    structure: Structure,
    signal: AbortSignal,
  ): Promise<{ made: boolean; fault: unknown }> {
    try {
      await apply(plan, structure, true, signal);
    } catch (fault) {
      if (signal.aborted) throw fault;
      const again = structure === structures.accepted || isPassing(fault);
      gate.failed(monotonicMs(), again);
      if (again) return { made: false, fault };
      structures.refuse(errorMessage(fault), structure);
      return { made: false, fault: null };
    }
    gate.made(monotonicMs());
    forced = null;
    structures.accept(structure);
    pace.soon(0);
    const detail = { reason, revision: structure.revision };
    publish({ type: 'config-applied', service: null, member: null, message: `reloaded: ${reason}`, detail });
    return { made: true, fault: null };
  }
}

function isPassing(fault: unknown): boolean {
  const code = errorCode(fault);
  return code === 'config-unwritable' || code === 'balancer-unreachable' || code === 'balancer-unreadable';
}
