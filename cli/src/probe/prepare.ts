import { fill, type Place } from './fill.js';
import { keyOf } from './key.js';
import type { Strategy } from './strategy.js';

/** What every request of a run is made of; texts may hold the placeholders of `fill`. */
export interface RequestPlan {
  readonly url: URL;
  readonly method: string;
  /** Path and query instead of those of `url`; null = as there. */
  readonly path: string | null;
  /** Names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Local address of a client; null = the system's choice. */
  readonly from: string | null;
  readonly strategy: Strategy;
}

/** One request of a run, ready to be sent, and the key by which a hashing strategy would route it. */
export function prepare({ url, path, headers, from, strategy }: RequestPlan, place: Place) {
  const target = path === null ? url : new URL(fill(path, place), url);
  const filled = Object.fromEntries(headers.map(([name, value]) => [name, fill(value, place)]));
  const address = from === null ? null : fill(from, { n: 0, client: place.client });
  const prepared = { path: `${target.pathname}${target.search}`, headers: filled, from: address };
  return { url: target, headers: filled, from: address, key: keyOf(strategy, prepared) };
}
