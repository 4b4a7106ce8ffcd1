import { isIP } from 'node:net';
import type { AddressPolicy } from '../address-policy.js';
import { BALANCER_SERVICE, SERVICES_TAG } from '../drain-board.js';
import type { Member, MemberSet } from '../member.js';
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

/** Names of the balancers that are alive and serve `service`; empty while none is known. */
export function liveBalancers(balancers: Balancers, service: string): string[] {
  const members = balancers.value?.members.values() ?? [];
  return [...members].filter((one) => one.status === 'alive' && serves(one, service)).map((one) => one.id);
}

/** A balancer without the tag serves everything: better one acknowledgement too many than a request lost. */
function serves(balancer: Member, service: string): boolean {
  const services = balancer.tags[SERVICES_TAG];
  return services === undefined || services.split(' ').includes(service);
}
