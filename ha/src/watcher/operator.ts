import {
  type DrainBoard,
  errorMessage,
  type Intent,
  type Logger,
  MusterError,
  type Registrar,
} from '@muster/membership';
import type { MemberView, OperatorActions } from './status.js';

export interface OperatorOptions {
  readonly members: () => readonly MemberView[];
  readonly board: DrainBoard;
  readonly registrar: Registrar;
  /** Lets a member go that the guard holds. */
  readonly release: (service: string, id: string) => void;
}

const TIMEOUT_MS = 4_000;

/** Drain, ready and leave: an intent on the board, so that every balancer sees it and no restart forgets it. */
export function createOperator({ members, board, registrar, release }: OperatorOptions): OperatorActions {
  const wish = (service: string, id: string, intent: Intent | null) =>
    board.setIntent(service, id, intent, AbortSignal.timeout(TIMEOUT_MS));
  return {
    async drain(service, id) {
      find(members(), service, id);
      await wish(service, id, 'drain');
    },
    async ready(service, id) {
      find(members(), service, id);
      await wish(service, id, null);
    },
    async leave(service, id) {
      const member = find(members(), service, id);
      // Nobody is there to hear an intent: the entry itself is taken away, and the guard lets it go.
      if (member.status === 'failed' || member.held) {
        release(service, id);
        await registrar.evict(service, id, AbortSignal.timeout(TIMEOUT_MS));
        await wish(service, id, null);
        return;
      }
      await wish(service, id, 'leave');
    },
  };
}

function find(members: readonly MemberView[], service: string, id: string): MemberView {
  const member = members.find((one) => one.service === service && one.id === id);
  if (member) return member;
  const known = members.filter((one) => one.service === service).map((one) => one.id);
  throw new MusterError('member-unknown', `${service} has no member "${id}" (known: ${known.join(', ') || 'none'})`);
}

/** Removes the entry of a drained member that no agent can remove, and the intent that asked for it. */
export function createRemover(
  registrar: Registrar,
  board: DrainBoard,
  logger: Logger,
): (service: string, id: string) => void {
  const underWay = new Set<string>();
  return (service, id) => {
    const key = `${service}/${id}`;
    if (underWay.has(key)) return;
    underWay.add(key);
    const remove = async () => {
      await registrar.evict(service, id, AbortSignal.timeout(TIMEOUT_MS));
      await board.setIntent(service, id, null, AbortSignal.timeout(TIMEOUT_MS));
    };
    remove()
      .catch((error: unknown) => logger.warn({ service, member: id, reason: errorMessage(error) }, 'entry not removed'))
      .finally(() => underWay.delete(key));
  };
}
