import { strict as assert } from 'node:assert';
import { Agent, request } from 'node:http';
import { type DriverApp, startDriverApp } from '../contract/driver-app.js';
import { findBalancers, requireBinary } from '../support/binaries.js';
import { Cluster } from '../support/cluster.js';
import { fileRegistry } from '../support/cluster-registry.js';
import { eachBalancer } from '../support/each-balancer.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { freePort } from '../support/ports.js';
import { versionOf } from '../support/program-version.js';
import { type Members, type RunningBalancer, startBalancer } from '../support/running-balancer.js';

const MONITOR_PATH = '/balancer/healthz';
const SETTINGS = { MONITOR_PATH, CHECK_INTERVAL: '100ms', CHECK_FAST_INTERVAL: '50ms', CHECK_DOWN_INTERVAL: '100ms' };

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly reused: boolean;
}

function ask(url: URL, method = 'GET', agent: Agent | false = false): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, timeout: PATIENCE_MS }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode ?? 0, text, reused: sent.reusedSocket });
    });
    sent.once('error', reject).once('timeout', () => sent.destroy(new Error('no answer')));
    sent.end();
  });
}

describe('the monitor path', () => {
  let apps: DriverApp[];

  before(async function () {
    requireBinary(this, 'haproxy');
    requireBinary(this, 'nginx');
    apps = await Promise.all(['a', 'b'].map(startDriverApp));
  });
  after(async () => {
    for (const app of apps ?? []) await app.close();
  });

  const both = (patch: Partial<Members[number]> = {}): Members =>
    apps.map(({ name, port }) => ({ id: name, port, weight: 1, ...patch }));
  const toApps = () => apps.reduce((sum, { requests }) => sum + requests, 0);

  for (const program of eachBalancer()) {
    describe(`${program.name} ${versionOf(program.bin)}`, () => {
      let balancer: RunningBalancer;

      beforeEach(async () => {
        for (const app of apps) app.healthy = true;
        balancer = await startBalancer(program, SETTINGS);
      });
      afterEach(() => balancer?.close());

      const at = (path: string) => new URL(path, balancer.url);
      const status = async () => (await ask(at(MONITOR_PATH))).status;

      it('is 503 before there is a member, and 200 as soon as there is one', async () => {
        assert.deepEqual(await ask(at(MONITOR_PATH)), { status: 503, text: 'no member is in service', reused: false });
        await balancer.apply(SETTINGS, both().slice(0, 1));
        assert.deepEqual(await ask(at(MONITOR_PATH)), { status: 200, text: 'in service', reused: false });
      });

      it('does not count members that drain, are in maintenance, or have no weight', async () => {
        for (const patch of [{ admin: 'drain' }, { admin: 'maint' }, { weight: 0 }] as const) {
          await balancer.apply(SETTINGS, both());
          assert.equal(await status(), 200);
          await balancer.apply(SETTINGS, both(patch));
          assert.equal(await status(), 503, JSON.stringify(patch));
        }
      });

      it('goes down with the last member that the checks find down, and up with the first that they find up', async () => {
        await balancer.apply(SETTINGS, both());
        const comesTo = (wanted: number) =>
          eventually(async () => {
            // The registry calls them failed as well: the last one in service is not taken out by its check alone.
            await balancer.apply(SETTINGS, both({ status: 'failed' }));
            assert.equal(await status(), wanted);
          });
        await comesTo(200);
        for (const app of apps) app.healthy = false;
        await comesTo(503);
        const [first = assert.fail()] = apps;
        first.healthy = true;
        await comesTo(200);
      });

      it('is answered by the balancer, whatever the method and the query, and leaves connections open', async () => {
        await balancer.apply(SETTINGS, both());
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        const before = toApps();
        try {
          assert.equal((await ask(at(MONITOR_PATH), 'GET', agent)).reused, false);
          assert.deepEqual(await ask(at(`${MONITOR_PATH}?from=elb`), 'GET', agent), {
            ...{ status: 200, text: 'in service', reused: true },
          });
          assert.deepEqual(await ask(at(MONITOR_PATH), 'HEAD', agent), { status: 200, text: '', reused: true });
          assert.equal((await ask(at(MONITOR_PATH), 'OPTIONS', agent)).status, 200);
          assert.equal(toApps(), before, 'an app saw the monitor path');
          assert.equal((await ask(at(`${MONITOR_PATH}/other`), 'GET', agent)).reused, true);
          assert.equal((await ask(at('/'), 'GET', agent)).status, 200);
          assert.equal(toApps(), before + 2, 'other paths are the apps');
        } finally {
          agent.destroy();
        }
      });

      it('is a live setting, and none by default', async () => {
        await balancer.apply({}, both());
        const before = toApps();
        assert.equal((await ask(at(MONITOR_PATH))).status, 200);
        assert.equal(toApps(), before + 1, 'without the setting the path is the apps');
        await balancer.apply({ MONITOR_PATH: '/alive' }, both());
        assert.equal((await ask(at('/alive'))).text, 'in service');
        assert.equal(toApps(), before + 1);
      });
    });
  }

  for (const name of ['haproxy', 'nginx'] as const) {
    it(`is 503 while the only member of a cluster with ${name} is dead, and 200 when it is back`, async () => {
      const program = findBalancers(name).at(-1) ?? assert.fail(name);
      const env = { MONITOR_PATH, TTL_MS: '1000' };
      const options = { registry: fileRegistry(), balancer: program, members: 1, app: 'echo' as const };
      const cluster = await Cluster.start({ ...options, env, memberEnv: { TTL_MS: '1000', HEARTBEAT_MS: '300' } });
      const comesTo = (status: number) =>
        eventually(async () => assert.equal((await ask(new URL(MONITOR_PATH, cluster.url))).status, status));
      try {
        await comesTo(200);
        await cluster.killMember('w1');
        await comesTo(503);
        await cluster.startMember('w1');
        await comesTo(200);
      } finally {
        await cluster.stop();
      }
    });

    it(`is on the public addresses of ${name} only, and may not be where a service begins`, async () => {
      const [program = assert.fail(), statsPort] = [findBalancers(name)[0], await freePort()];
      const start = { STATS_BIND: `127.0.0.1:${statsPort}`, SERVICES: 'webapp api=/api' };
      const balancer = await startBalancer(program, SETTINGS, start);
      try {
        const { text } = await ask(new URL(MONITOR_PATH, `http://127.0.0.1:${statsPort}`));
        assert.doesNotMatch(text, /in service/);
        assert.equal((await ask(new URL(MONITOR_PATH, balancer.url))).text, 'no member is in service');
        await balancer.apply(SETTINGS, both());
        assert.equal((await ask(new URL(MONITOR_PATH, balancer.url))).text, 'in service', 'one service is enough');
        await assert.rejects(balancer.structure({ MONITOR_PATH: '/api' }), {
          code: 'settings-invalid',
          message: /MONITOR_PATH=\/api is where the service api begins; choose another/,
        });
      } finally {
        await balancer.close();
      }
    });
  }
});
