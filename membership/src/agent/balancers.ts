import { isIP } from 'node:net';
import type { AddressPolicy } from '../address-policy.js';
import { BALANCER_SERVICE } from '../drain-board.js';
import type { MemberSet } from '../member.js';
import type { MembershipSource } from '../source.js';
import { follow, type Latest } from './follow.js';

/**
 * The policy of the agent's source, which reads balancers only. `MEMBER_CIDRS` says where members may live; a balancer
 * may live anywhere, and an agent never connects to one: it only waits for its name on the drain board.
 */
export const anyAddress: AddressPolicy = {
  check: (address) => (isIP(address) === 0 ? { refused: 'address is not an IP address' } : { address }),
};

/** Names of the live balancers: those whose acknowledgement a leave waits for. */
export type Balancers = Latest<MemberSet>;

/** Follows the balancers from the start of the agent on, so that a leave need not ask first. */
export function followBalancers(
  source: MembershipSource,
  signal: AbortSignal,
  onBroken: (thrown: unknown) => void,
): Balancers {
  return follow(() => source.watch(BALANCER_SERVICE, signal), signal, onBroken);
}

/** Names of the balancers that are alive; empty while none is known. */
export function liveBalancers(balancers: Balancers): string[] {
  const members = balancers.value?.members.values() ?? [];
  return [...members].filter((one) => one.status === 'alive').map((one) => one.id);
}
