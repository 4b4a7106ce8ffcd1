import { formatEndpoint } from '../../endpoint.js';
import type { Dialect } from '../../render/dialect.js';
import { headerOf, type Settings } from '../../settings.js';
import type { Capabilities } from './capabilities.js';

export interface HaproxySite {
  readonly runtimeSocket: string;
  readonly binds: readonly string[];
  readonly statsBind: string;
  /** Keeps cookie values the same over reloads (HAProxy configuration manual, `dynamic-cookie-key`). */
  readonly stickyKey: string;
  readonly capabilities: Pick<Capabilities, 'serverKeywords' | 'lua'>;
}

/**
 * A unit of weight is 16 points of the ring (src/lb_chash.c), and 16 random points make a share of 20 % anything from 10 to
 * 30. 1024 for each member keep it within the bounds of docs/balancing.md, for some 50 kB of memory.
 */
const RING_WEIGHT = 64;

/** HAProxy's config. */
export function haproxyDialect({ capabilities, ...site }: HaproxySite): Dialect {
  const { serverKeywords, lua } = capabilities;
  return {
    name: 'haproxy',
    templates: { config: 'haproxy.cfg.hbs', server: 'server.hbs' },
    site: { ...site, serverKeywords, lua },
    settingsModel: balanceModel,
    // `random` draws on the ring as well.
    ringWeight: (settings) => (settings.BALANCE === 'random' || balanceModel(settings).hashed ? RING_WEIGHT : null),
    /** A draining server is `weight 0` in the file: the only form of drain that a reload keeps. */
    serverModel: (server, _settings, locality) => ({
      ...server,
      endpoint: formatEndpoint(server),
      weight: server.admin === 'drain' ? 0 : server.weight,
      disabled: server.admin === 'maint' || server.down,
      backup: locality !== null && !locality.isLocal(server),
    }),
    backendModel: () => ({}),
    configModel: () => ({}),
  };
}

/**
 * `balance` and, where a key decides, `hash-type consistent`: the only one that servers may be added to at run time, and
 * the one that moves only the share of who comes or goes (configuration manual, `balance`, `hash-type`).
 */
function balanceModel({ BALANCE }: Settings) {
  const header = headerOf(BALANCE);
  if (header !== null) return { balance: `hdr(${header})`, hashed: true };
  if (BALANCE === 'source' || BALANCE === 'uri') return { balance: BALANCE, hashed: true };
  return { balance: BALANCE === 'random' ? 'random(2)' : BALANCE, hashed: false };
}
