import { createHash, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { mkdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type AddressPolicy, addressPolicy, type ForbiddenEndpoint, withDeadline } from '@muster/membership';
import writeFileAtomic from 'write-file-atomic';
import type { HaConfig } from './config.js';
import { parseEndpoint } from './endpoint.js';
import type { Site } from './render/structure.js';

/** The files of one balancer. */
export function paths(config: HaConfig) {
  return {
    config: join(config.runDir, 'haproxy.cfg'),
    runtimeSocket: join(config.runDir, 'haproxy.sock'),
    masterSocket: join(config.runDir, 'master.sock'),
    lastGood: join(config.stateDir, 'last-good.json'),
  };
}

/** What the templates are told of this balancer. */
export async function siteOf(config: HaConfig, capabilities: Pick<Site, 'serverKeywords' | 'lua'>): Promise<Site> {
  return {
    services: config.services,
    binds: config.binds,
    statsBind: config.statsBind,
    runtimeSocket: paths(config).runtimeSocket,
    stickyKey: await stickyKey(config),
    serverKeywords: capabilities.serverKeywords,
    lua: capabilities.lua,
  };
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

/**
 * The key of HAProxy's cookie values: `STICKY_KEY` where several balancers share clients, else made once and kept with
 * the state. Not a password: it only keeps a client from choosing its member.
 */
async function stickyKey(config: HaConfig): Promise<string> {
  const path = join(config.stateDir, 'sticky-key');
  if (config.stickyKey !== null) return createHash('sha256').update(config.stickyKey).digest('hex').slice(0, 32);
  try {
    const kept = (await readFile(path, 'utf8')).trim();
    if (/^[0-9a-f]{32}$/.test(kept)) return kept;
  } catch {
    // The first start: made below.
  }
  const key = randomBytes(16).toString('hex');
  await mkdir(config.stateDir, { recursive: true });
  await writeFileAtomic(path, `${key}\n`, { mode: 0o600 });
  return key;
}
