import { MusterError } from '@muster/membership';
import type { ApiClient } from '../api-client.js';
import { composePublicPort } from '../compose.js';
import { connect, LOOPBACK_HOSTS, namedApi } from '../connection.js';
import { DEFAULT_PORTS } from '../default-ports.js';
import { listRunDirs } from '../run-dir.js';
import { ownerState, readOwner } from '../up/owner.js';

/** Where requests go, and the API of the watcher there, if one is meant. */
export interface Target {
  readonly url: URL;
  readonly api: ApiClient | null;
}

interface LocalCluster {
  readonly apiPort: number;
  readonly publicPort: number;
}

/**
 * The URL that the user gave, else that of the cluster that other commands would mean: the local one, the one in
 * containers, else port 8080. A watcher is asked only about its own balancer: that of a URL somewhere else must be named.
 * @throws `url-invalid`, `url-unknown` and `cluster-unknown`.
 */
export async function findTarget(
  given: string | undefined,
  apiOption: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Target> {
  const named = namedApi(apiOption, env);
  const clusters = localClusters(env);
  const url = given === undefined ? await defaultUrl(named, clusters, env) : parseUrl(given);
  const local = LOOPBACK_HOSTS.has(url.hostname) ? clusters.find(({ publicPort }) => publicPort === portOf(url)) : null;
  if (named) return { url, api: connect(apiOption, env) };
  if (local) return { url, api: connect(`http://127.0.0.1:${local.apiPort}`, env) };
  return { url, api: given === undefined ? connect(undefined, env) : null };
}

async function defaultUrl(named: URL | null, clusters: readonly LocalCluster[], env: NodeJS.ProcessEnv): Promise<URL> {
  const wanted = named ? portOf(named) : DEFAULT_PORTS.api;
  const only = !named && clusters.length === 1 ? clusters[0] : undefined;
  const local = clusters.find(({ apiPort }) => apiPort === wanted) ?? only;
  const port = local?.publicPort ?? (await composePublicPort(wanted, env)) ?? unnamedPort(named, clusters);
  return new URL(`http://127.0.0.1:${port}/`);
}

/** A balancer that neither `up` nor Compose runs: the default port, unless that could only be another's. */
function unnamedPort(named: URL | null, clusters: readonly LocalCluster[]): number {
  if (named && !LOOPBACK_HOSTS.has(named.hostname)) {
    throw new MusterError(
      'url-unknown',
      `cannot tell where the balancer of ${named.host} listens: give its URL as well`,
    );
  }
  if (named || clusters.length === 0) return DEFAULT_PORTS.public;
  const list = clusters.map(({ publicPort }) => `http://127.0.0.1:${publicPort}/`).join(', ');
  throw new MusterError('cluster-unknown', `cannot tell which local cluster is meant: give the URL of one: ${list}`);
}

/** The first port of an owner is the public one: `ClusterPorts`. */
function localClusters(env: NodeJS.ProcessEnv): readonly LocalCluster[] {
  return listRunDirs(env).flatMap(({ apiPort, dir }) => {
    const publicPort = ownerState(dir) === 'runs' ? readOwner(dir)?.ports[0] : undefined;
    return publicPort === undefined ? [] : [{ apiPort, publicPort }];
  });
}

function parseUrl(text: string): URL {
  const href = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(href) ? new URL(href) : null;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new MusterError('url-invalid', `cannot send requests to ${text}: give a URL such as http://127.0.0.1:8080/`);
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
