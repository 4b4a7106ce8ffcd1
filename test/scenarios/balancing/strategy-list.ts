import { parseStrategy, type Strategy } from '../../../cli/src/probe/strategy.js';
import { hasCookies } from '../../support/balancer-can.js';
import type { BalancerProgram } from '../../support/cluster-options.js';

/** One strategy, and requests that show what it does. */
export interface Shown {
  /** The value of BALANCE. */
  readonly balance: string;
  readonly strategy: Strategy;
  /** Half of them keep their connections. `source` and `sticky` decide per client, so that they need many. */
  readonly clients: number;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Not shown one slow member: its requests are not for the page that can be made slow. */
  readonly hasSlow: boolean;
  /** Shown members with weights: where shares are what it promises, or what it is chosen for. */
  readonly hasWeights: boolean;
}

/** So many keys come again and again. */
const KEYS = 500;
const LIGHT = { clients: 16, path: '/healthz', headers: [], hasSlow: true, hasWeights: false } as const;
const USER = [['x-user', `u{n%${KEYS}}`]] as const;

const ALL: readonly Omit<Shown, 'strategy'>[] = [
  { balance: 'roundrobin', ...LIGHT, hasWeights: true },
  { balance: 'leastconn', ...LIGHT, hasWeights: true },
  { balance: 'random', ...LIGHT, hasWeights: true },
  { balance: 'source', ...LIGHT, clients: 32 },
  { balance: 'uri', ...LIGHT, path: `/item/{n%${KEYS}}`, hasSlow: false },
  { balance: 'header:X-User', ...LIGHT, headers: USER, hasWeights: true },
  { balance: 'first', ...LIGHT },
  // Only the home page has sessions, whose views are counted.
  { balance: 'sticky', ...LIGHT, clients: 32, path: '/' },
];

/** What this balancer can do, with the reasons of ha/src/drivers/nginx/dialect.ts. */
export function strategiesOf(program: BalancerProgram): readonly Shown[] {
  const cannot = [...(program.name === 'nginx' ? ['first'] : []), ...(hasCookies(program) ? [] : ['sticky'])];
  return ALL.filter(({ balance }) => !cannot.includes(balance)).map((one) => ({
    ...one,
    strategy: parseStrategy(one.balance) ?? 'any',
  }));
}

/** In the order in which the tables have them. */
export const BALANCES: readonly string[] = ALL.map(({ balance }) => balance);
