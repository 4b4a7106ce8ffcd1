import type { DesiredServer, DesiredState } from '../plan/desired.js';
import type { Settings } from '../settings.js';

/** Values for a template. */
export type Model = Readonly<Record<string, unknown>>;

/** With `ROUTING=local-first`: who comes first, and who else is in the backend, as far as it is known where a line is made. */
export interface Locality {
  readonly servers: readonly DesiredServer[];
  isLocal(server: DesiredServer): boolean;
}

/** How one balancer's config is written: which templates, and its words for servers, settings and the whole state. */
export interface Dialect {
  /** `haproxy` or `nginx`. */
  readonly name: string;
  /** File names in the template directory: the whole config, and the one line of a server. */
  readonly templates: { readonly config: string; readonly server: string };
  /** What `site` has in the templates beside services and trusted proxies: where it listens, and its files. */
  readonly site: Model;
  /** The settings in this balancer's words. Throws `settings-invalid` for what it cannot do. */
  settingsModel(settings: Settings): Model;
  /** What the largest weight becomes where the strategy shares by a ring of points (`serverWeights`); null = no ring. */
  ringWeight(settings: Settings): number | null;
  /** `server` in the server's template, and the fields of each of `servers` in the config's. */
  serverModel(server: DesiredServer, settings: Settings, locality: Locality | null): Model;
  /** Further fields of each of `backends`. */
  backendModel(servers: readonly DesiredServer[], settings: Settings): Model;
  /** Further fields of the config's template. */
  configModel(revision: string, desired: DesiredState, settings: Settings): Model;
}
