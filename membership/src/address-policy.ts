import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { MusterError } from './errors.js';

/** Which addresses may be members. */
export interface AddressPolicy {
  /** Canonical form of `address`, or the reason why no member may live there. */
  check(address: string, port: number): { address: string } | { refused: string };
}

/** One thing that is never a member: Consul, or the balancer itself. Without a port, every port of the address. */
export interface ForbiddenEndpoint {
  readonly address: string;
  readonly port?: number;
  readonly what: string;
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** Ranges that are refused whatever `cidrs` says: cloud metadata lives on link-local (169.254.169.254). */
const NEVER = new Set(['linkLocal', 'multicast', 'broadcast', 'unspecified', 'ipv4Mapped', 'reserved']);

/**
 * The policy of `MEMBER_CIDRS`: inside one of `cidrs`, not link-local or another special range, not one of `forbidden`,
 * and loopback only when an entry of `cidrs` names loopback.
 */
export function addressPolicy(cidrs: readonly string[], forbidden: readonly ForbiddenEndpoint[]): AddressPolicy {
  const allowed = cidrs.map(parseCidr);
  return {
    check(text, port) {
      if (isIP(text) === 0) return { refused: 'address is not an IP address' };
      // A zone (`fc00::1%eth0`) is free text that would survive into the canonical form.
      if (text.includes('%')) return { refused: 'address has a zone' };
      const ip = ipaddr.parse(text);
      const range = ip.range();
      if (NEVER.has(range)) return { refused: `address is ${range}` };
      if (!allowed.some((cidr) => contains(cidr, ip))) return { refused: 'address is outside MEMBER_CIDRS' };
      const address = ip.toString();
      const hit = forbidden.find((one) => one.address === address && (one.port === undefined || one.port === port));
      return hit ? { refused: `address is ${hit.what}` } : { address };
    },
  };
}

function parseCidr(text: string): [Ip, number] {
  try {
    return ipaddr.parseCIDR(text.trim());
  } catch (cause) {
    throw new MusterError('config-invalid', `MEMBER_CIDRS: "${text}" is not a range like 10.0.0.0/8`, { cause });
  }
}

function contains([network, bits]: [Ip, number], ip: Ip): boolean {
  if (network.kind() !== ip.kind()) return false;
  // A wide range such as 0.0.0.0/0 must not let loopback in by accident.
  if (ip.range() === 'loopback' && network.range() !== 'loopback') return false;
  return network instanceof ipaddr.IPv4 && ip instanceof ipaddr.IPv4
    ? ip.match(network, bits)
    : network instanceof ipaddr.IPv6 && ip instanceof ipaddr.IPv6 && ip.match(network, bits);
}
