import { createHash } from 'node:crypto';
import { errorMessage, MusterError } from '@muster/membership';
import Handlebars from 'handlebars';
import type { DesiredServer, DesiredState } from '../plan/desired.js';
import { checkSurroundings, type Settings } from '../settings.js';
import type { Dialect, Locality, Model } from './dialect.js';

/** The text of the templates, by file name. */
export type TemplateSources = Readonly<Record<string, string>>;

/** A service and where its requests come from: the first one is the default, the others own a path prefix. */
export interface ServiceRoute {
  readonly name: string;
  /** Such as `/api`, or null for the default backend. */
  readonly prefix: string | null;
}

/** What a template may use beside the settings and the servers. */
export interface Site {
  readonly services: readonly ServiceRoute[];
  /** Ranges of the proxies before it. */
  readonly trustedProxies: readonly string[];
  /** Where the members are that come first with `ROUTING=local-first`. */
  readonly localAddress: string | null;
  /** How the balancer of this site writes its config. */
  readonly dialect: Dialect;
}

/** Everything of a config but its members: made from templates and settings, and proved by its `revision`. */
export interface Structure {
  /** Hash of all that the structure puts into a config: 16 hexadecimal digits. */
  readonly revision: string;
  readonly sources: TemplateSources;
  readonly settings: Settings;
  readonly services: readonly ServiceRoute[];
  /** See `Dialect`. */
  readonly ringWeight: number | null;
  /** The whole config file. */
  render(desired: DesiredState): string;
  /** Whether requests go to this server first; of servers that are all alike, to each. Only a reload can change it. */
  comesFirst(server: DesiredServer): boolean;
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

/** The servers of a backend, one list per branch that a template may take. */
function samples(settings: Settings, { localAddress }: Site): readonly (readonly DesiredServer[])[] {
  const alone = (['ready', 'drain', 'maint'] as const).map((admin) => [{ ...SAMPLE_SERVER, admin }]);
  if (settings.ROUTING !== 'local-first' || localAddress === null) return alone;
  const local = { name: `${SAMPLE_SERVER.name}-local`, serverId: SAMPLE_SERVER.serverId + 1, address: localAddress };
  return [...alone, [SAMPLE_SERVER, { ...SAMPLE_SERVER, ...local }]];
}

/** Null where all servers are alike. */
function localityOf(servers: readonly DesiredServer[], { ROUTING }: Settings, { localAddress }: Site): Locality | null {
  return ROUTING === 'local-first' ? { servers, isLocal: ({ address }) => address === localAddress } : null;
}

/** Compiles templates and settings. Throws `template-invalid` with file and line, or `settings-invalid`; nothing is half-made. */
export function makeStructure(sources: TemplateSources, settings: Settings, site: Site): Structure {
  const { dialect, services, trustedProxies } = site;
  checkSurroundings(settings, site);
  const engine = Handlebars.create();
  const [serverName, configName] = [dialect.templates.server, dialect.templates.config];
  const server = compile(engine, serverName, sourceOf(sources, serverName));
  const config = compile(engine, configName, sourceOf(sources, configName));
  const common = {
    ...dialect.settingsModel(settings),
    settings,
    site: { ...dialect.site, services, trustedProxies },
    sticky: settings.STICKY_COOKIE !== '',
    health: settings.HEALTH_PATH !== '',
    maxconn: Number(settings.SERVER_MAXCONN),
    localFirst: settings.ROUTING === 'local-first',
    monitor: settings.MONITOR_PATH !== '',
  };
  const modelOf = (one: DesiredServer, servers: readonly DesiredServer[]) =>
    dialect.serverModel(one, settings, localityOf(servers, settings, site));
  const lineOf = (model: Model) => run(serverName, server, { ...common, server: model }).trim();
  const renderAs = (revision: string, desired: DesiredState) => {
    const backends = services.map((service) => {
      const servers = [...(desired.get(service.name)?.values() ?? [])];
      const models = servers.map((one) => modelOf(one, servers));
      const lines = models.map((model) => ({ ...model, line: lineOf(model) }));
      return { ...service, ...dialect.backendModel(servers, settings), servers: lines };
    });
    const whole = dialect.configModel(revision, desired, settings);
    const text = run(configName, config, { ...common, ...whole, revision, backends, fallback: services[0]?.name });
    // HAProxy refuses a last line that does not end.
    return text.endsWith('\n') ? text : `${text}\n`;
  };
  const revision = hash(
    samples(settings, site)
      .map((one) => renderAs('', everywhere(one, services)))
      .join('\n'),
  );
  const ringWeight = dialect.ringWeight(settings);
  const render = (desired: DesiredState) => renderAs(revision, desired);
  const serverLine = (one: DesiredServer) => lineOf(modelOf(one, [one]));
  const comesFirst = (one: DesiredServer) => localityOf([], settings, site)?.isLocal(one) ?? true;
  return { revision, sources, settings, services, ringWeight, comesFirst, serverLine, render };
}

/** The desired state with a sample server in every backend, for a config that is only checked. */
export function withSample(desired: DesiredState, services: readonly ServiceRoute[]): DesiredState {
  return new Map(
    services.map(({ name }) => [name, new Map([...(desired.get(name) ?? []), [SAMPLE_SERVER.name, SAMPLE_SERVER]])]),
  );
}

function everywhere(servers: readonly DesiredServer[], services: readonly ServiceRoute[]): DesiredState {
  return new Map(services.map(({ name }) => [name, new Map(servers.map((one) => [one.name, one]))]));
}

function sourceOf(sources: TemplateSources, name: string): string {
  const source = sources[name];
  // Kept by an earlier start with another balancer.
  if (source === undefined) throw new MusterError('template-invalid', `there is no template ${name}`);
  return source;
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
