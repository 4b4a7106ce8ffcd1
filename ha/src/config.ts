import { BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  addressPolicy,
  BALANCER_SERVICE,
  commonShape,
  type Env,
  envInt,
  envList,
  ID_PATTERN,
  type RegistryConfig,
  readEnv,
  registryChecks,
  registryShape,
  SERVICE_PATTERN,
  toRegistryConfig,
} from '@muster/membership';
import { z } from 'zod';
import { type Endpoint, parseEndpoint } from './endpoint.js';
import type { ServiceRoute } from './render/structure.js';

/** What the watcher is started with. Live settings are not here: see `settings.ts`. */
export interface HaConfig {
  readonly registry: RegistryConfig;
  readonly services: readonly ServiceRoute[];
  readonly balancerId: string;
  readonly balancer: 'haproxy' | 'nginx';
  readonly haproxyBin: string;
  readonly nginxBin: string;
  readonly binds: readonly string[];
  readonly statsBind: string;
  readonly apiBind: Endpoint;
  readonly apiHosts: readonly string[];
  /** Sockets, config and token; on tmpfs where there is one. */
  readonly runDir: string;
  /** The last good state; on a disk that outlives the process. */
  readonly stateDir: string;
  readonly templateDir: string;
  readonly settingsFile: string | null;
  readonly settingsPollMs: number | null;
  /** Ranges of the proxies before this balancer, whose word about clients counts. */
  readonly trustedProxies: readonly string[];
  /** Where `ROUTING=local-first` finds its members; null = nowhere. In the form that members' addresses have. */
  readonly localAddress: string | null;
  /** Shared by balancers that share clients; null = one of its own. */
  readonly stickyKey: string | null;
  readonly stickyGraceMs: number;
  readonly drainTimeoutMs: number;
  readonly shrinkShare: number;
  readonly logLevel: string;
  /** File descriptor that s6 waits on for a newline, or null. */
  readonly notifyFd: number | null;
}

const isEndpoint = (text: string) => parseEndpoint(text) !== null;

const shape = {
  ...registryShape,
  ...commonShape,
  SERVICES: z.string().default('webapp').transform(parseServices),
  BALANCER_ID: z.string().regex(ID_PATTERN, 'must be made of letters, digits, _ . : -').default(hostname()),
  BALANCER: z.enum(['haproxy', 'nginx'], 'must be haproxy or nginx').default('haproxy'),
  HAPROXY_BIN: z.string().default('haproxy'),
  NGINX_BIN: z.string().default('nginx'),
  BIND: envList('127.0.0.1:8080').refine(
    (list) => list.length > 0 && list.every(isEndpoint),
    'must be addresses such as :80 or 127.0.0.1:8080',
  ),
  STATS_BIND: z.string().default('127.0.0.1:8404').refine(isEndpoint, 'must be an address such as 127.0.0.1:8404'),
  API_BIND: z
    .string()
    .default('127.0.0.1:7380')
    .transform((text, context): Endpoint => {
      const endpoint = parseEndpoint(text);
      if (!endpoint) context.addIssue({ code: 'custom', message: 'must be an address such as 127.0.0.1:7380' });
      return endpoint ?? { address: '', port: 0 };
    }),
  API_HOSTS: envList(''),
  TRUSTED_PROXIES: envList('').superRefine(checkRanges),
  LOCAL_ADDRESS: z.string().optional().transform(toAddress),
  RUN_DIR: z
    .string({ error: 'must name a directory for sockets and the config' })
    .refine((dir) => dir.length <= 85, 'is too long for a unix socket path (85 characters at most)'),
  STATE_DIR: z.string().optional(),
  TEMPLATE_DIR: z.string().default(fileURLToPath(new URL('../templates', import.meta.url))),
  SETTINGS_FILE: z.string().optional(),
  SETTINGS_POLL_MS: envInt(0, 60_000, 0),
  STICKY_KEY: z.string().optional(),
  STICKY_GRACE_MS: envInt(0, 3_600_000, 2_000),
  SHRINK_LIMIT: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a share from 0 to 1, such as 0.5')
    .default('0.5')
    .transform(Number),
};

/** @throws MusterError `config-invalid` that lists every fault. */
export function readHaConfig(env: Env): HaConfig {
  const values = readEnv(shape, env, { crossChecks: [...registryChecks, checkGrace] });
  return Object.freeze({
    registry: toRegistryConfig(values),
    services: values.SERVICES,
    balancerId: values.BALANCER_ID,
    balancer: values.BALANCER,
    haproxyBin: values.HAPROXY_BIN,
    nginxBin: values.NGINX_BIN,
    binds: values.BIND,
    statsBind: values.STATS_BIND,
    apiBind: values.API_BIND,
    apiHosts: values.API_HOSTS,
    runDir: values.RUN_DIR,
    stateDir: values.STATE_DIR ?? join(values.RUN_DIR, 'state'),
    templateDir: values.TEMPLATE_DIR,
    settingsFile: values.SETTINGS_FILE ?? null,
    settingsPollMs: values.SETTINGS_POLL_MS === 0 ? null : values.SETTINGS_POLL_MS,
    trustedProxies: values.TRUSTED_PROXIES,
    localAddress: values.LOCAL_ADDRESS,
    stickyKey: values.STICKY_KEY ?? null,
    stickyGraceMs: values.STICKY_GRACE_MS,
    drainTimeoutMs: values.DRAIN_TIMEOUT_MS,
    shrinkShare: values.SHRINK_LIMIT,
    logLevel: values.LOG_LEVEL,
    notifyFd: values.NOTIFY_FD,
  });
}

/** The grace must end before the deadline: what is acknowledged gets no request, sticky ones included. */
function checkGrace(values: { readonly STICKY_GRACE_MS?: number; readonly DRAIN_TIMEOUT_MS?: number }): string[] {
  const { STICKY_GRACE_MS: graceMs = 0, DRAIN_TIMEOUT_MS: deadlineMs = Number.POSITIVE_INFINITY } = values;
  return graceMs < deadlineMs || graceMs === 0 ? [] : ['STICKY_GRACE_MS: must be below DRAIN_TIMEOUT_MS'];
}

/** IPv4 addresses in the form of IPv6: a client over IPv4 is in such a range for HAProxy, and not for NGINX (measured). */
const IPV4_MAPPED = new BlockList();
IPV4_MAPPED.addSubnet('::ffff:0:0', 96, 'ipv6');

/** A range stands in a balancer's config as it is: an address, a slash and a number of bits. */
function checkRanges(ranges: readonly string[], context: z.RefinementCtx): void {
  for (const range of ranges) {
    const [, address = '', bits = ''] = /^([0-9A-Fa-f:.]+)\/(0|[1-9]\d{0,2})$/.exec(range) ?? [];
    const largest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (bits === '' || Number(bits) > largest)
      context.addIssue({ code: 'custom', message: `"${range}" is not a range like 10.0.0.0/8` });
    else if (isIP(address) === 6 && IPV4_MAPPED.check(address, 'ipv6'))
      context.addIssue({ code: 'custom', message: `"${range}" is IPv4 as IPv6: write it as IPv4, like 10.0.0.0/8` });
  }
}

/** Anywhere, loopback included, which counts only where it is named. */
const ANYWHERE = addressPolicy(['0.0.0.0/0', '::/0', '127.0.0.0/8', '::1/128'], []);

function toAddress(text: string | undefined, context: z.RefinementCtx): string | null {
  if (text === undefined) return null;
  const verdict = ANYWHERE.check(text, 0);
  if ('address' in verdict) return verdict.address;
  context.addIssue({ code: 'custom', message: `must be the IP address of members (${verdict.refused})` });
  return null;
}

/** `webapp api=/api` → the default backend `webapp`, and `api` for everything under `/api`. */
function parseServices(text: string, context: z.RefinementCtx): readonly ServiceRoute[] {
  const routes = text
    .split(/[\s,]+/)
    .filter((one) => one !== '')
    .map((one) => {
      const [, name = one, prefix = null] = /^([^=]*)=(.*)$/.exec(one) ?? [];
      return { name, prefix };
    });
  const fault = (message: string) => context.addIssue({ code: 'custom', message });
  const prefixes = routes.map(({ prefix }) => prefix ?? '/');
  for (const { name, prefix } of routes) {
    if (!SERVICE_PATTERN.test(name) || name === BALANCER_SERVICE)
      fault(`"${name}" is not a service name (lower-case letters, digits, -)`);
    if (prefix !== null && !/^\/[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/.test(prefix))
      fault(`"${prefix}" is not a path prefix such as /api`);
  }
  if (routes.length === 0) fault('must name at least one service');
  if (new Set(prefixes).size < prefixes.length)
    fault('only one service may be the default (give the others a prefix: api=/api), and prefixes must differ');
  if (new Set(routes.map(({ name }) => name)).size < routes.length) fault('names a service twice');
  // The default service comes first: the template falls back to it. Of two prefixes the longer one is asked first.
  return [...routes].sort((a, b) => rank(b) - rank(a));
}

function rank({ prefix }: ServiceRoute): number {
  return prefix === null ? Number.POSITIVE_INFINITY : prefix.length;
}
