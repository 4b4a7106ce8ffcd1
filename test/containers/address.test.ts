import { strict as assert } from 'node:assert';
import { eventTimeMs } from '../support/cluster-log.js';
import { printFigures } from '../support/cluster-matrix.js';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { addressOn, inspect } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { FULL } from '../support/full.js';
import type { LoadReport } from '../support/load.js';

// In the long form only: test/e2e/address-reuse.test.ts asks the same of processes each time.
if (FULL)
  describeCompose('the address of a killed member, used again at once', { webapps: 3 }, (cluster) => {
    it('brings its new owner no request meant for the dead one, and the dead one none when it is back', async () => {
      const before = await cluster().webapps();
      const [dead = '', ...others] = before;
      const newcomer = await createWebapp(cluster());
      const address = await addressOf(dead);
      const load = await cluster().load();
      await load.more(300);
      const mark = await cluster().lastSeq();
      await docker(['kill', dead]);
      await docker(['start', newcomer]);
      assert.equal(await addressOf(newcomer), address, 'the engine gives the lowest free address');
      await cluster().expectServing([newcomer, ...others]);
      await load.more(500);

      await docker(['start', dead]);
      await cluster().expectConverged([newcomer, ...before]);
      await load.more(500);
      const report = await load.stop();
      printFigures({ load: report.summary() });
      report.assertNoneFailed();
      for (const id of [newcomer, dead]) await assertOwnTraffic(cluster(), report, id, mark);
    });
  });

/** One more webapp, made as `docker compose up --scale` makes it, but not started. */
async function createWebapp(cluster: ComposeCluster): Promise<string> {
  const before = await cluster.containers('webapp', ['--all']);
  await cluster.up('--no-start', '--no-recreate', '--scale', `webapp=${before.length + 1}`);
  const [made, ...more] = (await cluster.containers('webapp', ['--all'])).filter((id) => !before.includes(id));
  assert.ok(made !== undefined && more.length === 0, 'one webapp more');
  return made;
}

async function addressOf(id: string): Promise<string> {
  const address = addressOn(await inspect(id), 'apps');
  assert.ok(address, `${id} has no address on apps`);
  return address;
}

/** Nothing answered by this container since the kill was on its way before the balancer had a server of its name. */
async function assertOwnTraffic(cluster: ComposeCluster, report: LoadReport, id: string, mark: number): Promise<void> {
  const joined = eventTimeMs(await cluster.event('member-join', id, mark));
  const killed = eventTimeMs(await cluster.event('server-down', null, mark));
  const early = report.to(id).records.filter(({ startMs, endMs }) => startMs > killed && endMs < joined);
  const from = early.map(({ startMs }) => Math.round(joined - startMs));
  assert.equal(
    early.length,
    0,
    `${id} answered ${early.length} requests that began ${from.join(', ')} ms before it joined`,
  );
  assert.ok(report.to(id).requests > 0, `${id} answered nothing`);
}
