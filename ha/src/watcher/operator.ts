import {
  type DrainBoard,
  errorMessage,
  type Intent,
  type Logger,
  MusterError,
  type Registrar,
  type WeightBoard,
} from '@muster/membership';
import type { MemberView, OperatorActions } from './status.js';

export interface OperatorOptions {
  readonly services: readonly string[];
  readonly members: () => readonly MemberView[];
  readonly drainBoard: DrainBoard;
  readonly weightBoard: WeightBoard;
  readonly registrar: Registrar;
  /** Lets a member go that the guard holds. */
  readonly release: (service: string, id: string) => void;
}

/** More ids than this in one message help nobody. */
const MAX_LISTED = 50;

/** Drain, ready, leave and weights: on the boards, so that every balancer sees them and no restart forgets them. */
export function createOperator(options: OperatorOptions): OperatorActions {
  const { services, members, drainBoard, weightBoard, registrar, release } = options;
  const wish = (service: string, id: string, intent: Intent | null, signal: AbortSignal) => {
    find(service, id);
    return drainBoard.setIntent(service, id, intent, signal);
  };
  return {
    drain: async (service, id, signal) => wish(service, id, 'drain', signal),
    ready: async (service, id, signal) => wish(service, id, null, signal),
    async leave(service, id, signal) {
      const member = find(service, id);
      if (member.status !== 'failed' && !member.held) return wish(service, id, 'leave', signal);
      // Nobody is there to hear an intent: the entry itself is taken away, and the guard lets it go.
      await registrar.evict(service, id, signal);
      release(service, id);
      await drainBoard.setIntent(service, id, null, signal);
    },
    async setWeight(service, id, weight, signal) {
      find(service, id);
      await weightBoard.setWeight(service, id, weight, signal);
    },
  };

  function find(service: string, id: string): MemberView {
    if (!services.includes(service)) {
      throw new MusterError('service-unknown', `no service ${service}; known: ${list(services)}`);
    }
    const all = members().filter((one) => one.service === service);
    const member = all.find((one) => one.id === id);
    if (member) return member;
    throw new MusterError(
      'member-unknown',
      `no member ${id} in service ${service}; known: ${list(all.map((one) => one.id))}`,
    );
  }
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, MAX_LISTED).join(', ');
  return names.length > MAX_LISTED ? `${shown} and ${names.length - MAX_LISTED} more` : shown;
}

const REMOVAL_TIMEOUT_MS = 4_000;
/** Between attempts: nothing hurries, and what another machine must do cannot be hurried. */
const REMOVAL_GAP_MS = 10_000;

/** Removes the entry of a drained member that no agent can remove, and the intent that asked for it. */
export function createRemover(
  registrar: Registrar,
  drainBoard: DrainBoard,
  logger: Logger,
  gapMs = REMOVAL_GAP_MS,
): (service: string, id: string) => void {
  const underWay = new Set<string>();
  return (service, id) => {
    const key = `${service}/${id}`;
    if (underWay.has(key)) return;
    underWay.add(key);
    const remove = async () => {
      await registrar.evict(service, id, AbortSignal.timeout(REMOVAL_TIMEOUT_MS));
      await drainBoard.setIntent(service, id, null, AbortSignal.timeout(REMOVAL_TIMEOUT_MS));
    };
    remove()
      .catch((error: unknown) => logger.warn({ service, member: id, reason: errorMessage(error) }, 'entry not removed'))
      .finally(() => setTimeout(() => underWay.delete(key), gapMs).unref());
  };
}
