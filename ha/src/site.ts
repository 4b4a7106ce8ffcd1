import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type AddressPolicy, addressPolicy, type ForbiddenEndpoint, withDeadline } from '@muster/membership';
import type { HaConfig } from './config.js';
import { parseEndpoint } from './endpoint.js';
import type { Dialect } from './render/dialect.js';
import type { Site } from './render/structure.js';

/** Where the last good state of one balancer is kept. */
export function lastGoodPath(config: HaConfig): string {
  return join(config.stateDir, 'last-good.json');
}

/** What the templates are told of this balancer. */
export function siteOf(config: HaConfig, dialect: Dialect): Site {
  const { services, trustedProxies, localAddress } = config;
  return { services, trustedProxies, localAddress, dialect };
}

/** Members may live in `MEMBER_CIDRS`, but never where Consul or this balancer itself answers. */
export async function memberPolicy(config: HaConfig): Promise<AddressPolicy> {
  const binds = [...config.binds, config.statsBind].flatMap((text) => parseEndpoint(text) ?? []);
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const balancer = [...binds, config.apiBind].flatMap(({ port }) =>
    addresses.map(({ address }) => ({ address, port, what: 'the balancer itself' })),
  );
  return addressPolicy(config.registry.memberCidrs, [...balancer, ...(await consulEndpoints(config))]);
}

/** A DNS without an answer must not keep the watcher from starting. */
const LOOKUP_MS = 1_000;

const NEVER = new AbortController().signal;

/** A name that cannot be resolved yet forbids nothing: Consul is then unreachable too, and tells no members. */
async function consulEndpoints({ registry }: HaConfig): Promise<ForbiddenEndpoint[]> {
  if (!registry.consul) return [];
  const { host, port } = registry.consul;
  const found = await withDeadline(LOOKUP_MS, NEVER, () => lookup(host, { all: true })).catch(() => []);
  // On loopback Consul shares its address with members; elsewhere nothing else lives there.
  return found.map(({ address }) =>
    address.startsWith('127.') || address === '::1' ? { address, port, what: 'Consul' } : { address, what: 'Consul' },
  );
}
