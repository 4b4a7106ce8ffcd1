import { strict as assert } from 'node:assert';
import { Agent } from 'node:http';
import type { RunningServer } from '../../ha/src/plan/desired.js';
import { ask, type DriverApp, startDriverApp } from '../contract/driver-app.js';
import { hasCookies } from '../support/balancer-can.js';
import { requireBinary } from '../support/binaries.js';
import { SERVICE } from '../support/cluster-options.js';
import { startDyingApp } from '../support/dying-app.js';
import { eachBalancer } from '../support/each-balancer.js';
import { PATIENCE_MS } from '../support/eventually.js';
import { versionOf } from '../support/program-version.js';
import { type Members, type RunningBalancer, startBalancer, whileUnreachable } from '../support/running-balancer.js';

/** Two instances on one machine: loopback has an address for each. */
const [HERE, THERE] = ['127.0.0.2', '127.0.0.3'];
/** More than a balancer tries, and than HAProxy keeps idle. */
const CONNECTIONS = 40;
const LOCAL_FIRST = { ROUTING: 'local-first', CHECK_INTERVAL: '100ms', CHECK_FAST_INTERVAL: '50ms' };

describe('local-first routing', () => {
  let apps: DriverApp[];

  before(async function () {
    requireBinary(this, 'haproxy');
    requireBinary(this, 'nginx');
    apps = await Promise.all(['a', 'b', 'y', 'z'].map(startDriverApp));
  });
  after(async () => {
    for (const app of apps ?? []) await app.close();
  });

  type Patch = Partial<Members[number]>;
  const on = (address: string, name: string, patch: Patch = {}) => {
    const app = apps.find((one) => one.name === name) ?? assert.fail(name);
    return { id: name, port: app.port, address, weight: 1, ...patch };
  };
  /** a and b are here, y and z there. */
  const members = (a: Patch = {}, b: Patch = {}): Members => [
    ...[on(HERE, 'a', a), on(HERE, 'b', b)],
    ...[on(THERE, 'y'), on(THERE, 'z')],
  ];

  for (const program of eachBalancer()) {
    describe(`${program.name} ${versionOf(program.bin)}`, () => {
      let balancer: RunningBalancer;

      beforeEach(async () => {
        balancer = await startBalancer(program, LOCAL_FIRST, { LOCAL_ADDRESS: HERE });
      });
      afterEach(() => balancer?.close());

      /** How many of 40 requests each member answered. */
      async function shares(): Promise<Record<string, number>> {
        const counts: Record<string, number> = {};
        for (let at = 0; at < 40; at += 1) {
          const { status, text } = await ask(balancer.url, 'GET', {});
          assert.equal(status, 200, text);
          counts[text] = (counts[text] ?? 0) + 1;
        }
        return counts;
      }

      /** Nobody else got any, and round robin is out of step by two requests at most. */
      async function expectShares(expected: Record<string, number>): Promise<void> {
        const seen = await shares();
        assert.deepEqual(Object.keys(seen).sort(), Object.keys(expected));
        for (const [name, count] of Object.entries(expected))
          assert.ok(Math.abs((seen[name] ?? 0) - count) <= 2, JSON.stringify({ seen, expected }));
      }

      it('gives all requests to the members here, whoever came first, and to all of those there while nobody is here', async () => {
        await balancer.apply(LOCAL_FIRST, members().slice(2));
        await expectShares({ y: 20, z: 20 });
        await balancer.apply(LOCAL_FIRST, members());
        await expectShares({ a: 20, b: 20 });
        await balancer.apply(LOCAL_FIRST, members().slice(2));
        await expectShares({ y: 20, z: 20 });
      });

      it('shares among those here by weight, and one without weight is as good as none', async () => {
        await balancer.apply(LOCAL_FIRST, members({ weight: 3 }));
        await expectShares({ a: 30, b: 10 });
        await balancer.apply(LOCAL_FIRST, members({ weight: 0 }));
        await expectShares({ b: 40 });
        await balancer.apply(LOCAL_FIRST, members({ weight: 0 }, { weight: 0 }));
        await expectShares({ y: 20, z: 20 });
      });

      it('goes to those there, all of them, while everybody here drains or is in maintenance, and back', async () => {
        for (const admin of ['drain', 'maint'] as const) {
          await balancer.apply(LOCAL_FIRST, members({ admin }));
          await expectShares({ b: 40 });
          await balancer.apply(LOCAL_FIRST, members({ admin }, { admin }));
          await expectShares({ y: 20, z: 20 });
          await balancer.apply(LOCAL_FIRST, members({ admin }));
          await expectShares({ b: 40 });
        }
      });

      it('sends a request that nobody here takes to somebody there, before any check has found out', async () => {
        const settings = { ...LOCAL_FIRST, CHECK_INTERVAL: '60s', CHECK_FAST_INTERVAL: '60s' };
        const gone = await Promise.all(['c', 'd'].map(startDriverApp));
        const here = gone.map(({ name, port }) => ({ id: name, port, address: HERE, weight: 1 }));
        await balancer.apply(settings, [...here, ...members().slice(2)]);
        await expectShares({ c: 20, d: 20 });
        for (const app of gone) await app.close();
        assert.deepEqual(Object.keys(await shares()).sort(), ['y', 'z']);
      });

      it('gives up on a member here that died and left more connections than are tried, and goes to somebody there', async () => {
        const dying = await startDyingApp('dying');
        // The first request of a client never goes over a connection that another one left.
        const agent = new Agent({ keepAlive: true });
        const askOne = async () => {
          const { status, text } = await ask(balancer.url, 'GET', {}, agent);
          return `${status} ${text}`;
        };
        try {
          const settings = { ...LOCAL_FIRST, CHECK_INTERVAL: '60s', CHECK_FAST_INTERVAL: '60s', HEALTH_PATH: '' };
          const here = { id: dying.name, port: dying.port, address: HERE, weight: 1 };
          await balancer.apply(settings, [here, ...members().slice(2)]);
          await expectShares({ dying: 40 });
          dying.answerAt(CONNECTIONS);
          const atOnce = await Promise.all(Array.from({ length: CONNECTIONS }, askOne));
          assert.deepEqual([...new Set(atOnce)], ['200 dying']);
          dying.die();
          assert.match(await askOne(), /^200 [yz]$/);
        } finally {
          agent.destroy();
          dying.close();
        }
      });

      it('is a live setting, and the address of a member decides anew when it moves', async () => {
        await balancer.apply({}, members());
        await expectShares({ a: 10, b: 10, y: 10, z: 10 });
        await balancer.apply(LOCAL_FIRST, members());
        await expectShares({ a: 20, b: 20 });
        await move(balancer, members({ address: THERE }));
        await expectShares({ b: 40 });
      });

      it('lets nobody else wait for a member that moves from there to here, or away', async () => {
        await balancer.apply(LOCAL_FIRST, members());
        const moved = members({ address: THERE }, { admin: 'drain' });
        const { needsReload } = await balancer.apply(LOCAL_FIRST, moved);
        const servers = [...(await readServers(balancer)).values()];
        assert.deepEqual(servers.map(({ name, admin }) => `${name} ${admin}`).sort(), [
          'a ready',
          'b drain',
          'y ready',
          'z ready',
        ]);
        assert.equal(needsReload !== null, program.name === 'haproxy');
        if (needsReload !== null) await expectShares({ a: 40 });
        await move(balancer, moved);
        assert.equal((await readServers(balancer)).get('a')?.address, THERE);
        await expectShares({ a: 14, y: 13, z: 13 });
      });

      if (program.name === 'haproxy')
        it('needs no reload for a member that only gets another port', async () => {
          await balancer.apply(LOCAL_FIRST, members());
          const { port } = on(HERE, 'y');
          const { needsReload, pending, reloaded } = await balancer.apply(LOCAL_FIRST, members({ port }));
          assert.deepEqual([needsReload, pending, reloaded], [null, [], false]);
          await expectShares({ b: 20, y: 20 });
        });

      it('refuses what cannot go with it, says what can, and serves on', async () => {
        await balancer.apply(LOCAL_FIRST, members());
        await assert.rejects(balancer.apply({ ROUTING: 'nearest' }, members()), {
          code: 'settings-invalid',
          message: /ROUTING must be all or local-first/,
        });
        for (const BALANCE of ['leastconn', 'random', 'source', 'uri', 'header:X-User']) {
          const tried = balancer.apply({ ...LOCAL_FIRST, BALANCE }, members());
          if (program.name === 'haproxy' || BALANCE === 'leastconn') await tried;
          else
            await assert.rejects(tried, {
              code: 'settings-invalid',
              message: new RegExp(`goes with roundrobin, leastconn and sticky in NGINX, not with BALANCE=${BALANCE}`),
            });
          assert.deepEqual(
            Object.keys(await shares()).filter((name) => !['a', 'b'].includes(name)),
            [],
          );
        }
      });

      if (hasCookies(program)) {
        const sticky = { ...LOCAL_FIRST, BALANCE: 'sticky' };
        const again = async (cookie: string) => {
          const answers = Array.from({ length: 10 }, () => ask(balancer.url, 'GET', { cookie }));
          return [...new Set((await Promise.all(answers)).map(({ text }) => text))].sort();
        };

        it('keeps sticky clients on a member here that drains, and sends new ones there', async () => {
          await balancer.apply(sticky, members());
          const { text, cookie } = await ask(balancer.url, 'GET', {});
          assert.match(text, /^[ab]$/);
          await balancer.apply(sticky, members({ admin: 'drain' }, { admin: 'drain' }));
          assert.deepEqual(await again(cookie), [text]);
          assert.match((await ask(balancer.url, 'GET', {})).text, /^[yz]$/);
        });

        it(`${program.name === 'haproxy' ? 'leaves' : 'does not leave'} sticky clients there when somebody here is back`, async () => {
          await balancer.apply(sticky, members().slice(2));
          const { text, cookie } = await ask(balancer.url, 'GET', {});
          assert.deepEqual(await again(cookie), [text]);
          await balancer.apply(sticky, members());
          assert.deepEqual(await again(cookie), program.name === 'haproxy' ? [text] : ['a', 'b']);
        });
      }
    });
  }
});

async function readServers({ driver }: RunningBalancer): Promise<ReadonlyMap<string, RunningServer>> {
  const { backends } = await whileUnreachable(() => driver.read({ inFlight: false }, AbortSignal.timeout(PATIENCE_MS)));
  return backends.get(SERVICE) ?? new Map();
}

/** As the watcher does: who needs a reload is left alone, until there is one. */
async function move(balancer: RunningBalancer, members: Members): Promise<void> {
  const { needsReload } = await balancer.apply(LOCAL_FIRST, members);
  if (needsReload !== null) await balancer.reload(LOCAL_FIRST, members);
}
