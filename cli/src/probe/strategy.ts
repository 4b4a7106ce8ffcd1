/** A way of sharing that a balancer promises; `any` promises nothing but answers. */
export type Strategy = (typeof STRATEGIES)[number] | `header:${string}`;

const STRATEGIES = [
  'roundrobin',
  'weighted',
  'leastconn',
  'random',
  'sticky',
  'source',
  'uri',
  'first',
  'any',
] as const;

/** For messages and help. */
export const STRATEGY_WORDS = [...STRATEGIES.slice(0, -2), 'header:NAME', 'first', 'any'].join(', ');

/** A strategy by its word, or null. */
export function parseStrategy(text: string): Strategy | null {
  const found = STRATEGIES.find((one) => one === text);
  if (found) return found;
  return /^header:[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text) ? (text as Strategy) : null;
}

/** Whether a key of the request decides, so that the same key must find the same member. */
export function isHashing(strategy: Strategy): boolean {
  return strategy === 'source' || strategy === 'uri' || strategy.startsWith('header:');
}

/**
 * What this run can hold a balancer to. A sticky cookie binds only clients that keep cookies; with any strategy, since the
 * cookie is looked at first.
 */
export function strategyOf(balance: string, stickyCookie: string, cookies: boolean): Strategy {
  if (cookies && stickyCookie !== '') return 'sticky';
  return parseStrategy(balance) ?? 'any';
}
