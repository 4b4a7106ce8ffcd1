// No tests of its own: builders for the tests of the pure parts.
import { readFileSync } from 'node:fs';
import type { Member, MemberSet } from '@muster/membership';
import type { Capabilities } from './drivers/haproxy/capabilities.js';
import { haproxyDialect } from './drivers/haproxy/dialect.js';
import type { DesiredServer, RunningServer, RunningState } from './plan/desired.js';
import type { Dialect } from './render/dialect.js';
import { makeStructure, type Site, type TemplateSources } from './render/structure.js';
import { parseSettings } from './settings.js';

const TEMPLATES = new URL('../templates/', import.meta.url);

/** The templates that the product ships. */
export const SOURCES = {
  'haproxy.cfg.hbs': readFileSync(new URL('haproxy.cfg.hbs', TEMPLATES), 'utf8'),
  'server.hbs': readFileSync(new URL('server.hbs', TEMPLATES), 'utf8'),
} satisfies TemplateSources;

export const SITE: Site = {
  services: [{ name: 'webapp', prefix: null }],
  trustedProxies: [],
  localAddress: null,
  dialect: dialectWith({ serverKeywords: '', lua: [] }),
};

/** HAProxy's dialect for one with these capabilities. */
export function dialectWith(
  capabilities: Pick<Capabilities, 'serverKeywords' | 'lua'>,
  binds: readonly string[] = ['127.0.0.1:8080'],
): Dialect {
  return haproxyDialect({
    ...{ runtimeSocket: '/run/muster/haproxy.sock', stickyKey: '0123456789abcdef', capabilities },
    ...{ binds, statsBind: '127.0.0.1:8404' },
  });
}

export const SETTINGS = parseSettings({}, '', '');

export const STRUCTURE = makeStructure(SOURCES, SETTINGS, SITE);

export function member(id: string, patch: Partial<Member> = {}): Member {
  const base = {
    address: '10.0.0.1',
    port: portOf(id),
    weight: 1,
    capacity: 100,
    role: 'backend',
    boot: 'b1',
    tags: {},
  };
  return { ...base, id, status: 'alive', ...patch };
}

/** Every id has its own port: `web-1` is at 3000, where the servers below are, `web-7` at 3907, and `b` at 4098. */
function portOf(id: string): number {
  const number = /\d+$/.exec(id)?.[0];
  if (number === undefined) return 4000 + id.charCodeAt(0);
  return number === '1' ? 3000 : 3900 + Number(number);
}

export function memberSet(index: number, ...members: readonly Member[]): MemberSet {
  return {
    service: 'webapp',
    index: String(index),
    members: new Map(members.map((one) => [one.id, one])),
    rejected: [],
    afterFault: false,
  };
}

export function desiredServer(name: string, patch: Partial<DesiredServer> = {}): DesiredServer {
  const base = { serverId: 10_001, address: '10.0.0.1', port: 3000, weight: 1, down: false, checked: true };
  return { ...base, name, admin: 'ready', ...patch };
}

export function runningServer(name: string, patch: Partial<RunningServer> = {}): RunningServer {
  const base = {
    serverId: 10_001,
    address: '10.0.0.1',
    port: 3000,
    weight: 1,
    inFlight: 0,
    answers: true,
    checked: true,
    markedDown: null,
  };
  return { ...base, name, admin: 'ready', health: 'up', ...patch };
}

/** One backend, `webapp`, in a worker that runs `STRUCTURE`. */
export function runningState(servers: readonly RunningServer[], patch: Partial<RunningState> = {}): RunningState {
  return {
    revision: STRUCTURE.revision,
    backends: new Map([['webapp', byName(servers)]]),
    oldWorkerConnections: 0,
    oldWorkers: 0,
    ...patch,
  };
}

export function byName<T extends { readonly name: string }>(servers: readonly T[]): ReadonlyMap<string, T> {
  return new Map(servers.map((server) => [server.name, server]));
}

/** Another structure than `STRUCTURE`: what an edit of the settings makes. */
export const EDITED = makeStructure(SOURCES, parseSettings({ BALANCE: 'leastconn' }, '', ''), SITE);
