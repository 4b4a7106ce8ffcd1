import type { Strategy } from './strategy.js';

/** A request before it is sent. */
export interface Prepared {
  /** With query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The address it is sent from; null = the system's choice, the same for all. */
  readonly from: string | null;
}

/**
 * What a hashing strategy looks at; null for the others. `uri` is the path without its query (HAProxy configuration manual,
 * `balance uri`: "the left part of the URI, before the question mark").
 */
export function keyOf(strategy: Strategy, { path, headers, from }: Prepared): string | null {
  if (strategy === 'uri') return path.split('?', 1)[0] ?? '';
  if (strategy === 'source') return from ?? 'this machine';
  return strategy.startsWith('header:') ? (headers[strategy.slice('header:'.length).toLowerCase()] ?? null) : null;
}
