import type { Intent } from '../drain-board.js';
import type { MemberSet } from '../member.js';
import { compareIds } from '../schema.js';

/** What the registry last said of one service. */
export interface ServiceView {
  readonly service: string;
  /** Undefined until it was read. */
  readonly set: MemberSet | undefined;
  /** When that set came, monotonic ms. */
  readonly setAtMs: number;
  /** Undefined until they were read. */
  readonly intents: ReadonlyMap<string, Intent> | undefined;
}

export interface MemberName {
  readonly service: string;
  readonly id: string;
}

export interface MemberToAsk extends MemberName {
  readonly boot: string;
}

/** As it stands in logs. */
export function nameOf({ service, id }: MemberName): string {
  return `${service}/${id}`;
}

/**
 * The members at `address`, `service/id` in ascending order; undefined when the registry cannot say yet. Right after a fault
 * an entry may be lost and not gone: its agent then joins again at its next heartbeat, which `settleMs` must allow for.
 */
export function membersAt(
  views: readonly ServiceView[],
  { address, settleMs }: { readonly address: string; readonly settleMs: number },
  nowMs: number,
): readonly string[] | undefined {
  const isKnown = ({ set, setAtMs }: ServiceView) => set && (!set.afterFault || nowMs - setAtMs >= settleMs);
  if (!views.every(isKnown)) return undefined;
  return views
    .flatMap((view) => at(view, address).map(({ id }) => nameOf({ service: view.service, id })))
    .sort(compareIds);
}

/** Who is here, does not leave, and has not been asked to. A failed one too: its agent may live, only its app does not. */
export function toAsk(views: readonly ServiceView[], address: string): MemberToAsk[] {
  return views.flatMap((view) =>
    at(view, address)
      .filter(({ id, status }) => status !== 'leaving' && view.intents?.get(id) !== 'leave')
      .map(({ id, boot }) => ({ service: view.service, id, boot })),
  );
}

/** Of those who were asked, who is gone and whose intent is not: their ids do not come back, so nobody else takes it away. */
export function toForget(views: readonly ServiceView[], asked: readonly MemberName[]): MemberName[] {
  return asked.filter(({ service, id }) => {
    const view = views.find((one) => one.service === service);
    return view?.set !== undefined && !view.set.members.has(id) && view.intents?.get(id) === 'leave';
  });
}

function at({ set }: ServiceView, address: string) {
  return [...(set?.members.values() ?? [])].filter((member) => member.address === address);
}
