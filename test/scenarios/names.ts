import type { Seen, SeenContainer } from './seen.js';

/** Third part of the addresses on each network of the Compose file. */
const NETWORKS: Readonly<Record<string, number>> = { admin: 1, apps: 2, registry: 3 };
const HOSTS: Readonly<Record<string, number>> = { ha: 2, consul: 3, 'consul-agent': 4 };
const FIRST_WEBAPP = 10;

const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/**
 * Puts stable names in place of what differs from run to run, so that a second recording differs from the first one only
 * where something else happened. It learns while containers come and go: one that has ended keeps the address that it
 * had, until another one has it.
 */
export class Names {
  readonly #ids = new Map<string, string>();
  readonly #addresses = new Map<string, string>();
  readonly #secrets = new Map<string, string>();
  #ports: ReadonlyMap<number, number> = new Map();
  #words: readonly (readonly [from: string, to: string])[] = [];

  learn({ containers, project, root, ports, secrets }: Seen): void {
    for (const container of containers) this.#learnContainer(container);
    for (const [value, name] of secrets) this.#secrets.set(value, name);
    this.#ports = ports;
    this.#words = [
      [root, './'],
      [project, 'muster'],
    ];
  }

  /** The name that a container id has in the recordings. */
  of(id: string): string {
    return this.#ids.get(id) ?? id;
  }

  /** The same text with stable names; times become `t+…`, counted from `startMs` (wall clock). */
  plain(text: string, startMs: number): string {
    let plain = text;
    for (const [value, name] of this.#secrets) plain = plain.replaceAll(value, `<${name}>`);
    for (const [from, to] of this.#words) plain = plain.replaceAll(from, to);
    return plain
      .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
      .replace(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, (id) => this.#ids.get(id) ?? '<id>')
      .replace(TIME, (time) => relativeTime(Date.parse(time) - startMs))
      .replace(ADDRESS, (address) => this.#addresses.get(address) ?? address)
      .replace(/:(\d{4,5})\b/g, (same, port: string) => this.#port(same, Number(port)))
      .replace(/\b(webapp-(\d+) \S+ id) \d+/g, (_, before: string, number: string) => `${before} ${serverId(number)}`)
      .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{16}\b/g, '<random>')
      .replace(/("boot":")[0-9a-f]+/g, '$1<random>');
  }

  /** What a finished recording holds all the same: a reason not to keep it. */
  leaks(text: string): string[] {
    const secrets = [...this.#secrets].map(([value, name]) => [value, `the ${name}`] as const);
    const ids = [...this.#ids].map(([id, name]) => [id, `the id of ${name}`] as const);
    const words = this.#words.map(([word]) => [word, word] as const);
    const found = [...secrets, ...ids, ...words].filter(([value]) => text.includes(value)).map(([, what]) => what);
    const foreign = [...text.matchAll(ADDRESS)].map(([address]) => address).filter((one) => !isStable(one));
    return [...new Set([...found, ...foreign])];
  }

  #learnContainer({ id, name, raw }: SeenContainer): void {
    this.#ids.set(id, name);
    this.#ids.set(id.slice(0, 12), name);
    for (const [network, { IPAddress, Gateway }] of Object.entries(raw.NetworkSettings.Networks)) {
      const short = network.replace(/^.*_/, '');
      if (IPAddress) this.#addresses.set(IPAddress, stableAddress(short, name));
      if (Gateway) this.#addresses.set(Gateway, stableAddress(short, null));
    }
  }

  /** The port of a client is another one each time. */
  #port(same: string, port: number): string {
    const known = this.#ports.get(port);
    if (known !== undefined) return `:${known}`;
    return port >= 32_768 ? ':<port>' : same;
  }
}

/** `t+1.234 s`. */
export function relativeTime(ms: number): string {
  return `t+${(Math.max(0, ms) / 1000).toFixed(3)} s`;
}

/** The address that a container has in the recordings; null = the host's own one on that network. */
export function stableAddress(network: string, name: string | null): string {
  const subnet = NETWORKS[network];
  const number = /^webapp-(\d+)$/.exec(name ?? '')?.[1];
  const host = name === null ? 1 : number === undefined ? HOSTS[name] : FIRST_WEBAPP + Number(number);
  return subnet === undefined || host === undefined ? `<${name ?? 'host'}>` : `10.0.${subnet}.${host}`;
}

/** HAProxy's forced id of a server is a hash of its name: here it counts, in the product's range. */
export function serverId(number: string | number): number {
  return 10_000 + Number(number);
}

function isStable(address: string): boolean {
  return /^(10\.0\.[1-3]\.\d+|127\.0\.0\.\d+|0\.0\.0\.0)$/.test(address);
}
