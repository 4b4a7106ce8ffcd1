import { createHash } from 'node:crypto';
import { errorMessage, MusterError } from '@muster/membership';
import Handlebars from 'handlebars';
import type { DesiredServer, DesiredState } from '../plan/desired.js';
import type { Settings } from '../settings.js';

/** The text of the templates, by file name. */
export type TemplateSources = Readonly<Record<'haproxy.cfg.hbs' | 'server.hbs', string>>;

/** A service and where its requests come from: the first one is the default, the others own a path prefix. */
export interface ServiceRoute {
  readonly name: string;
  /** Such as `/api`, or null for the default backend. */
  readonly prefix: string | null;
}

/** What a template may use beside the settings and the servers. */
export interface Site {
  readonly services: readonly ServiceRoute[];
  readonly binds: readonly string[];
  readonly statsBind: string;
  readonly runtimeSocket: string;
  /** Keeps cookie values the same over reloads (HAProxy configuration manual, `dynamic-cookie-key`). */
  readonly stickyKey: string;
  /** Keywords that this version of the balancer needs on every server. */
  readonly serverKeywords: string;
  /** Lines of the global section that load our Lua script; none where the balancer has no Lua. */
  readonly lua: readonly string[];
}

/** Everything of a config but its members: made from templates and settings, and proved by its `revision`. */
export interface Structure {
  /** Hash of all that the structure puts into a config: 16 hexadecimal digits. */
  readonly revision: string;
  readonly sources: TemplateSources;
  readonly settings: Settings;
  readonly services: readonly ServiceRoute[];
  /** The whole config file. */
  render(desired: DesiredState): string;
  /** The words after `server` in the file and after `add server <backend>/` on the socket: one fragment for both. */
  serverLine(server: DesiredServer): string;
}

/** A server that is in no membership: lets the fragment be checked, and hashed, while there are no members. */
export const SAMPLE_SERVER: DesiredServer = {
  name: 'muster-sample',
  serverId: 2147483000,
  address: '192.0.2.1',
  port: 80,
  weight: 1,
  admin: 'ready',
  down: false,
  checked: true,
};

/** One per branch that a template may take. */
const SAMPLES: readonly DesiredServer[] = (['ready', 'drain', 'maint'] as const).map((admin) => ({
  ...SAMPLE_SERVER,
  admin,
}));

/** Compiles templates and settings. Throws `template-invalid` with file and line; nothing is half-made. */
export function makeStructure(sources: TemplateSources, settings: Settings, site: Site): Structure {
  const engine = Handlebars.create();
  const server = compile(engine, 'server.hbs', sources['server.hbs']);
  const config = compile(engine, 'haproxy.cfg.hbs', sources['haproxy.cfg.hbs']);
  const common = { settings, site, sticky: settings.STICKY_COOKIE !== '', health: settings.HEALTH_PATH !== '' };
  const serverLine = (one: DesiredServer) => run('server.hbs', server, { ...common, server: serverModel(one) }).trim();
  const renderAs = (revision: string, desired: DesiredState) => {
    const backends = site.services.map((service) => ({
      ...service,
      servers: [...(desired.get(service.name)?.values() ?? [])].map((one) => ({
        line: serverLine(one),
        disabled: one.admin === 'maint' || one.down,
      })),
    }));
    const text = run('haproxy.cfg.hbs', config, { ...common, revision, backends, fallback: site.services[0]?.name });
    // HAProxy refuses a last line that does not end.
    return text.endsWith('\n') ? text : `${text}\n`;
  };
  const revision = hash(SAMPLES.map((sample) => renderAs('', everywhere(sample, site.services))).join('\n'));
  return {
    revision,
    sources,
    settings,
    services: site.services,
    serverLine,
    render: (desired) => renderAs(revision, desired),
  };
}

/** The desired state with a sample server in every backend, for a config that is only checked. */
export function withSample(desired: DesiredState, services: readonly ServiceRoute[]): DesiredState {
  return new Map(
    services.map(({ name }) => [name, new Map([...(desired.get(name) ?? []), [SAMPLE_SERVER.name, SAMPLE_SERVER]])]),
  );
}

function everywhere(server: DesiredServer, services: readonly ServiceRoute[]): DesiredState {
  return new Map(services.map(({ name }) => [name, new Map([[server.name, server]])]));
}

/** A draining server is `weight 0` in the file: the only form of drain that a reload keeps. */
function serverModel(server: DesiredServer) {
  const endpoint = server.address.includes(':')
    ? `[${server.address}]:${server.port}`
    : `${server.address}:${server.port}`;
  return { ...server, endpoint, weight: server.admin === 'drain' ? 0 : server.weight };
}

function compile(engine: typeof Handlebars, name: string, source: string): HandlebarsTemplateDelegate {
  try {
    // `compile` is lazy: only parsing finds the syntax errors now.
    engine.parse(source);
    return engine.compile(source, { noEscape: true, strict: true });
  } catch (cause) {
    throw new MusterError('template-invalid', `template ${name} refused: ${errorMessage(cause)}`, { cause });
  }
}

function run(name: string, template: HandlebarsTemplateDelegate, model: unknown): string {
  try {
    return template(model);
  } catch (cause) {
    throw new MusterError('template-invalid', `template ${name} refused: ${errorMessage(cause)}`, { cause });
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
