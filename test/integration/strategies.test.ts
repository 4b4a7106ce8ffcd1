import { strict as assert } from 'node:assert';
import { figuresOf } from '../../cli/src/probe/figures.js';
import { collectKeys } from '../../cli/src/probe/keys.js';
import { AWAY_ONCE_IN_A_THOUSAND } from '../../cli/src/probe/normal.js';
import { judge } from '../../cli/src/probe/promises.js';
import type { ProbeRecord } from '../../cli/src/probe/record.js';
import { sendAll } from '../../cli/src/probe/run.js';
import { isHashing, parseStrategy, type Strategy } from '../../cli/src/probe/strategy.js';
import { type DriverApp, startDriverApp } from '../contract/driver-app.js';
import { hasCookies } from '../support/balancer-can.js';
import { findBalancers, requireBinary } from '../support/binaries.js';
import type { BalancerProgram } from '../support/cluster-options.js';
import { PATIENCE_MS } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { versionOf } from '../support/program-version.js';
import { type Members, type RunningBalancer, startBalancer } from '../support/running-balancer.js';

const EVERYWHERE = ['roundrobin', 'leastconn', 'random', 'source', 'uri', 'header:X-User'];
/** So many keys come again and again. */
const KEYS = 250;
/** As many as it takes to see the shares of a hash: each comes once. */
const MANY_KEYS = 1_500;
const CLIENTS = 12;

interface Load {
  readonly requests: number;
  readonly keys: number;
  readonly cookies?: boolean;
}

/** `uri` and `header` see `keys` of them, `source` as many clients as there are, each at an address of its own. */
async function send(balancer: RunningBalancer, strategy: Strategy, { requests, keys, cookies = false }: Load) {
  const plan = {
    url: new URL(balancer.url),
    method: 'GET',
    path: `/item/{n%${keys}}`,
    headers: [['x-user', `u{n%${keys}}`]] as const,
    from: '127.0.9.{client}',
    strategy,
  };
  const recogniser = { kind: 'header', name: 'x-backend' } as const;
  const rest = { clients: CLIENTS, keepAlive: true, timeoutMs: PATIENCE_MS, onProgress: () => undefined };
  const { records } = await sendAll({ plan, requests, cookies, recogniser, ...rest }, new AbortController().signal);
  return records;
}

function assertKept(strategy: Strategy, records: readonly ProbeRecord[], weights: ReadonlyMap<string, number>): void {
  const figures = figuresOf(records, weights);
  const facts = { balancer: null, workers: 1, cut: 0, clients: CLIENTS, cookies: strategy === 'sticky' };
  const verdicts = judge({ strategy, records, figures, ...facts });
  const broken = verdicts.filter(({ outcome }) => outcome !== 'kept');
  assert.deepEqual(broken, [], `${strategy}: a promise was broken, or not tested`);
}

describe('balancing strategies', () => {
  const programs = [...findBalancers('haproxy'), ...findBalancers('nginx')];
  /** In the short form the newest of each, and the oldest HAProxy, whose `add server` differs most. */
  const isTried = (program: BalancerProgram) =>
    FULL || program === programs[0] || program === programs.at(-1) || program === newestHaproxy;
  const newestHaproxy = programs.findLast(({ name }) => name === 'haproxy');
  let apps: DriverApp[];

  before(async function () {
    requireBinary(this, 'haproxy');
    requireBinary(this, 'nginx');
    apps = await Promise.all(['a', 'b', 'c', 'd'].map(startDriverApp));
  });
  after(async () => {
    for (const app of apps ?? []) await app.close();
  });

  const members = (...weights: readonly number[]): Members =>
    weights.map((weight, at) => {
      const { name: id, port } = apps[at] ?? assert.fail(`no app ${at}`);
      return { id, port, weight };
    });
  const weightsOf = (list: Members) => new Map(list.map(({ id, weight }) => [id, weight]));

  for (const program of programs) {
    const version = versionOf(program.bin);
    const hasSticky = hasCookies(program);
    const strategies = [
      ...EVERYWHERE,
      ...(program.name === 'haproxy' ? ['first'] : []),
      ...(hasSticky ? ['sticky'] : []),
    ];

    describe(`${program.name} ${version}`, () => {
      let balancer: RunningBalancer;
      before(async () => {
        balancer = await startBalancer(program, { BALANCE: 'leastconn', STICKY_COOKIE: '' });
      });
      after(() => balancer?.close());

      it('accepts the config of each of them', async () => {
        for (const balance of strategies) {
          for (const STICKY_COOKIE of hasSticky ? ['', 'lb'] : ['']) {
            await balancer.check({ BALANCE: balance, STICKY_COOKIE }, members(1, 2, 4));
          }
        }
      });

      for (const balance of isTried(program) ? strategies : []) {
        it(`takes ${balance} by one reload under load, then a new member, and keeps its promise`, async () => {
          const strategy = parseStrategy(balance) ?? assert.fail(balance);
          const three = members(1, 1, 1);
          await balancer.apply({ BALANCE: 'leastconn', CHECK_INTERVAL: '1s' }, three);
          const { result, failed } = await underLoad(balancer, () => balancer.apply({ BALANCE: balance }, three));
          assert.deepEqual({ reloaded: result.reloaded, failed }, { reloaded: true, failed: 0 });
          assert.deepEqual((await balancer.apply({ BALANCE: balance }, three)).reloaded, false, 'one reload is enough');
          const load = { requests: 2 * KEYS, keys: KEYS, cookies: balance === 'sticky' };
          const before = await send(balancer, strategy, load);
          assertKept(strategy, before, weightsOf(three));
          const four = members(1, 1, 1, 1);
          const { reloaded } = await balancer.apply({ BALANCE: balance }, four);
          assert.equal(reloaded, program.name === 'nginx', 'whether a new member is a reload');
          if (isHashing(strategy)) assertFewMoved(before, await send(balancer, strategy, load));
        });
      }

      if (isTried(program)) {
        it('shares by weight: round robin within a request a turn, a hash as its ring says', async () => {
          const weighted = members(1, 2, 4);
          await balancer.apply({ BALANCE: 'roundrobin' }, weighted);
          assertKept('weighted', await send(balancer, 'weighted', { requests: 700, keys: 1 }), weightsOf(weighted));
          await balancer.apply({ BALANCE: 'header:X-User' }, weighted);
          const records = await send(balancer, 'header:X-User', { requests: MANY_KEYS, keys: MANY_KEYS });
          // HAProxy 16 points for each of 64, NGINX 160 for each of 16: ha/src/drivers/*/dialect.ts.
          const points = ((program.name === 'haproxy' ? 16 * 64 : 160 * 16) * (1 + 2 + 4)) / 4;
          for (const { member, share, expected } of figuresOf(records, weightsOf(weighted))) {
            const spread = Math.sqrt(expected * (1 - expected) * (1 / (points + 1) + 1 / MANY_KEYS));
            // Weights are rounded on the ring: by half a part of its 16 at most.
            const bound = AWAY_ONCE_IN_A_THOUSAND * spread + 0.5 / 16 / 2;
            assert.ok(Math.abs(share - expected) <= bound, `${member} has ${share}, not ${expected} ± ${bound}`);
          }
        });
      }

      it('refuses what it does not know, or cannot do, with what can be done, and serves on', async () => {
        await balancer.apply({}, members(1));
        await assert.rejects(balancer.apply({ BALANCE: 'fastest' }, members(1)), {
          code: 'settings-invalid',
          message: /BALANCE must be roundrobin, leastconn, random, source, uri, header:NAME, first or sticky/,
        });
        const impossible = [
          ...(program.name === 'nginx' ? [{ BALANCE: 'first' }] : []),
          ...(hasSticky ? [] : [{ BALANCE: 'sticky' }, { STICKY_COOKIE: 'lb' }]),
        ];
        for (const settings of impossible) {
          await assert.rejects(balancer.apply(settings, members(1)), {
            code: 'settings-invalid',
            message: /(first is not in NGINX|need NGINX 1\.29\.6 or later, this is \d.*); choose another, or BALANCER=/,
          });
        }
        const records = await send(balancer, 'any', { requests: 12, keys: 1 });
        assert.deepEqual([...new Set(records.map(({ status }) => status))], [200]);
      });
    });
  }
});

/** One new member among four takes its share and what chance adds; nobody else gets anything. */
function assertFewMoved(before: readonly ProbeRecord[], after: readonly ProbeRecord[]): void {
  const [was, is] = [collectKeys(before).keys, collectKeys(after).keys];
  const moved = [...is].filter(([key, member]) => was.get(key) !== member);
  assert.deepEqual(
    [...new Set(moved.map(([, member]) => member))].filter((one) => one !== 'd'),
    [],
  );
  const bound = 1 / 4 + AWAY_ONCE_IN_A_THOUSAND * Math.sqrt(((1 / 4) * (3 / 4)) / is.size);
  assert.ok(moved.length / is.size <= bound, `${moved.length} of ${is.size} keys moved`);
}

/** Runs `action` while clients send requests, each on a connection of its own: what a reload may not lose anywhere. */
async function underLoad<T>(balancer: RunningBalancer, action: () => Promise<T>) {
  const over = new AbortController();
  const plan = { url: new URL(balancer.url), method: 'GET', path: null, headers: [], from: null };
  const recogniser = { kind: 'header', name: 'x-backend' } as const;
  const rest = { keepAlive: false, cookies: false, timeoutMs: PATIENCE_MS, onProgress: () => undefined };
  const load = { plan: { ...plan, strategy: 'any' as const }, requests: 100_000, clients: 3, recogniser, ...rest };
  const running = sendAll(load, over.signal);
  try {
    const result = await action();
    over.abort();
    const { records } = await running;
    return { result, failed: records.filter(({ status }) => status !== 200).length };
  } finally {
    over.abort();
    await running;
  }
}
