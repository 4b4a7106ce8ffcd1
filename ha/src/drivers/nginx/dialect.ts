import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MusterError } from '@muster/membership';
import { formatEndpoint } from '../../endpoint.js';
import type { DesiredServer } from '../../plan/desired.js';
import type { Dialect, Locality } from '../../render/dialect.js';
import { headerOf, type Settings } from '../../settings.js';
import type { Capabilities } from './capabilities.js';
import { stateParts, stateText } from './running-state.js';

export interface NginxSite {
  readonly runDir: string;
  readonly controlSocket: string;
  readonly pidFile: string;
  readonly binds: readonly string[];
  readonly statsBind: string;
  /** Makes cookie values that a client cannot choose. */
  readonly stickyKey: string;
  readonly capabilities: Capabilities;
}

/**
 * A unit of weight is 160 points of the ring (ngx_http_upstream_hash_module.c). Sixteen times as many keep shares within the
 * bounds of docs/balancing.md; each reload sorts them all, so that more would make it slow.
 */
const RING_WEIGHT = 16;

/** NGINX's config. */
export function nginxDialect(site: NginxSite): Dialect {
  const { runDir, controlSocket, pidFile, binds, statsBind, stickyKey, capabilities } = site;
  return {
    name: 'nginx',
    templates: { config: 'nginx.conf.hbs', server: 'nginx-server.hbs' },
    site: {
      controlSocket,
      pidFile,
      tempPrefix: join(runDir, 'temp'),
      // Its workers must reach the run directory, which is for its owner only.
      user: process.getuid?.() === 0 ? 'root root' : '',
      listens: binds.map(listenText),
      statsListen: listenText(statsBind),
      keepaliveMinTimeout: capabilities.keepaliveMinTimeout,
    },
    settingsModel(settings) {
      balanceOf(settings, capabilities);
      return {};
    },
    ringWeight: (settings) => (balanceOf(settings, capabilities).startsWith('hash ') ? RING_WEIGHT : null),
    serverModel: (server, settings, locality) => ({
      ...server,
      endpoint: formatEndpoint(server),
      // It knows no weight 0: such a server is out.
      weight: Math.max(1, server.weight),
      route: createHash('sha256').update(`${stickyKey} ${server.name}`).digest('hex').slice(0, 16),
      ...roleOf(server, settings),
      backup: isBackup(server, locality),
    }),
    backendModel: (servers, settings) => ({
      balance: balanceOf(settings, capabilities, servers),
      serving: servers.some((server) => !roleOf(server, settings).out),
      // 64 are the least for a few servers; a server takes less than one.
      zoneKb: 64 + 2 * servers.length,
    }),
    configModel(revision, desired, settings) {
      const parts = stateParts(stateText(revision, desired, settings));
      const stateAll = parts.map((_, index) => `\${muster_${index}}`).join('');
      const inService = [...desired.values()].some((servers) => [...servers.values()].some(isInService));
      return { stateParts: parts, stateAll, inService };
    },
  };
}

/** Out = no request; draining = those of its sticky clients only. */
function roleOf({ admin, down, weight }: DesiredServer, { STICKY_COOKIE }: Settings) {
  const leaving = admin === 'drain' || weight === 0;
  const draining = leaving && STICKY_COOKIE !== '' && admin !== 'maint' && !down;
  return { draining, out: admin === 'maint' || down || (leaving && !draining) };
}

/** Takes new requests; one that drains does not. */
function isInService({ admin, down, weight }: DesiredServer): boolean {
  return admin === 'ready' && weight > 0 && !down;
}

/** Only beside a local one in service: NGINX refuses an upstream of backups alone. */
function isBackup(server: DesiredServer, locality: Locality | null): boolean {
  if (locality === null || locality.isLocal(server)) return false;
  return locality.servers.some((one) => locality.isLocal(one) && isInService(one));
}

/** The directive of a strategy, or '' for the default, weighted round robin. Throws `settings-invalid`. */
function balanceOf(
  { BALANCE, STICKY_COOKIE, ROUTING }: Settings,
  { sticky, version }: Capabilities,
  servers: readonly DesiredServer[] = [],
): string {
  if (STICKY_COOKIE !== '' && !sticky)
    throw impossible(`STICKY_COOKIE and BALANCE=sticky need NGINX 1.29.6 or later, this is ${version}`);
  if (BALANCE === 'first') throw impossible('BALANCE=first is not in NGINX');
  const header = headerOf(BALANCE);
  if (ROUTING === 'local-first' && (header !== null || NO_BACKUPS.includes(BALANCE)))
    throw impossible(
      `ROUTING=local-first goes with roundrobin, leastconn and sticky in NGINX, not with BALANCE=${BALANCE}`,
    );
  if (header !== null) return `hash $http_${header.toLowerCase().replaceAll('-', '_')} consistent`;
  if (BALANCE === 'random' && new Set(servers.map(({ weight }) => weight)).size > 1) return 'random';
  return DIRECTIVES[BALANCE] ?? '';
}

const DIRECTIVES: Readonly<Record<string, string>> = {
  leastconn: 'least_conn',
  // By equal weights only: of two idle ones it takes the second that was drawn, so that with weights of 1 and 3 the light one
  // gets three quarters (measured, 1.30).
  random: 'random two least_conn',
  // Not `ip_hash`: that takes the first three parts of an IPv4 address only, and moves all keys when a server comes.
  source: 'hash $binary_remote_addr consistent',
  uri: 'hash $uri consistent',
};

/** `balancing method does not support parameter "backup"` (measured, 1.22 to 1.30). */
const NO_BACKUPS: readonly string[] = ['random', 'source', 'uri'];

function impossible(what: string): MusterError {
  return new MusterError('settings-invalid', `settings refused: ${what}; choose another, or BALANCER=haproxy`);
}

/** `:80` is every IPv4 address, as in HAProxy. */
function listenText(bind: string): string {
  return bind.startsWith(':') ? `*${bind}` : bind;
}
