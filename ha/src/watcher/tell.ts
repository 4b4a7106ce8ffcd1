import { errorCode, errorMessage } from '@muster/membership';
import type { ClusterEvent } from '../events/event.js';
import { inForce } from '../guard/guard.js';
import type { Step } from '../plan/plan.js';
import type { Acknowledger } from './acknowledger.js';
import { changes, type Told } from './changes.js';
import type { Answers } from './inputs.js';

export interface TellerOptions {
  readonly publish: (event: ClusterEvent) => void;
  readonly acknowledger: Acknowledger;
  /** Called in each pass for a member without an agent that is drained and was asked to leave. */
  readonly onLeft: (service: string, id: string) => void;
  /** What was known when the last watcher stopped: it is no news. */
  readonly known: Pick<Told, 'sets' | 'weights' | 'guards'>;
}

/** What one pass knew and decided. */
export type PassFacts = Omit<Told, 'sets'> & Pick<Answers, 'sets'>;

/** Tells what each pass changed. Never blocks the loop. */
export interface Teller {
  /** Events and acknowledgements, after the traffic has what it needs. `done` are the steps that were taken. */
  tell(facts: PassFacts, done: readonly Step[], nowMs: number, signal: AbortSignal): void;
  /** The fault that a pass ended with, or null: told once. */
  tellFault(fault: unknown): void;
  /** The last fault, or null. */
  readonly problem: string | null;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
}

export function createTeller({ publish, acknowledger, onLeft, known }: TellerOptions): Teller {
  let told: Told = { ...known, intents: new Map(), drains: new Map(), running: null };
  let problem: string | null = null;

  return {
    tell(facts, done, nowMs, signal) {
      const next = { ...facts, sets: setsInForce(facts, told.sets) };
      for (const event of changes(told, next, done)) publish(event);
      told = next;
      const { drains, intents } = facts;
      acknowledger.publish(drains.values(), nowMs, signal);
      for (const { backend, id, boot, drainedMs } of drains.values()) {
        if (drainedMs !== null && boot === '' && intents.get(backend)?.get(id) === 'leave') onLeft(backend, id);
      }
    },
    tellFault(fault) {
      const message = fault === null ? null : errorMessage(fault);
      if (message !== null && message !== problem) {
        const detail = { code: errorCode(fault) ?? 'internal' };
        publish({ type: 'apply-failed', service: null, member: null, message, detail });
      }
      problem = message;
    },
    get problem() {
      return problem;
    },
    settled: () => acknowledger.settled(),
  };
}

/** Before the first answer what was known stays known. */
function setsInForce({ sets, guards }: PassFacts, before: Told['sets']): Told['sets'] {
  const answered = [...sets.values()].flatMap((set) => (set ? [inForce(set, guards.get(set.service))] : []));
  return new Map([...before, ...answered.map((set) => [set.service, set] as const)]);
}
