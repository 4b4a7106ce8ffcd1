import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import { printFigures } from '../support/cluster-matrix.js';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { hostPid } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { whenGone } from '../support/docker/when-gone.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { sharedNowMs } from '../support/load.js';

const ROUNDS = FULL ? 20 : 2;
const PAUSED_MS = FULL ? 30_000 : 5_000;
const REAPED_WITHIN_MS = 120_000;

describeCompose('one of five', { webapps: 5, timeoutMs: FULL ? 600_000 : 180_000 }, (cluster) => {
  it(`docker kill, ${ROUNDS} times under load: no GET is lost`, async () => {
    const ids = await cluster().webapps();
    const load = await cluster().load();
    const outMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await load.more(100);
      const id = ids[round % ids.length] ?? '';
      outMs.push(await killOne(cluster(), ids, id));
      await load.more(200);
      await docker(['start', id]);
      await cluster().expectServing(ids);
    }
    const report = await load.stop();
    printFigures({ load: report.summary(), 'out of rotation, ms': outMs.map(Math.round).join(' ') });
    report.assertNoneFailed();
    if (FULL) assert.ok(report.slowestMs <= 400, `slowest GET ${report.slowestMs} ms`);
    if (FULL) assert.ok(Math.max(...outMs) <= 250, `out of rotation after ${outMs.join(', ')} ms`);
    await cluster().expectConverged(ids);
  });

  it('docker kill without any traffic: noticed by the check first and then by the lease', async () => {
    const ids = await cluster().webapps();
    const [id = ''] = ids;
    const mark = await cluster().lastSeq();
    const outMs = await killOne(cluster(), ids, id);
    const down = await cluster().event('server-down', id, mark);
    const failed = await cluster().event('member-failed', id, mark);
    assert.ok(down.seq < failed.seq, 'the balancer notices before the registry does');
    printFigures({ 'out of rotation, idle, ms': outMs });
    if (FULL) assert.ok(outMs <= 1_500, `out of rotation after ${outMs} ms`);
    if (FULL) await cluster().event('member-reap', id, mark, REAPED_WITHIN_MS);
    await docker(['start', id]);
    await cluster().expectConverged(ids);
  });

  // In the long form only: test/e2e/kill.test.ts stops processes each time.
  if (FULL)
    it(`docker pause for ${PAUSED_MS / 1000} s: at most the requests in flight fail, and it is taken back once`, async () => {
      const ids = await cluster().webapps();
      const [id = ''] = ids;
      const load = await cluster().load();
      await load.more(200);
      const mark = await cluster().lastSeq();
      await docker(['pause', id]);
      await cluster().expectServing(ids.filter((one) => one !== id));
      const outMs = sharedNowMs();
      await delay(PAUSED_MS);
      await docker(['unpause', id]);
      await cluster().expectConverged(ids);
      const served = load.report().to(id).requests;
      await eventually(() => assert.ok(load.report().to(id).requests > served, `${id} gets no requests`));
      await load.more(500);
      const report = await load.stop();
      const { failed } = report;
      printFigures({ load: report.summary() });
      assert.deepEqual(
        failed.filter(({ startMs }) => startMs > outMs),
        [],
        'requests that began after the member was out of rotation and failed all the same',
      );
      const clients = new Set(failed.map(({ client }) => client));
      assert.equal(clients.size, failed.length, 'a client lost more than the one request that it had in flight');
      if (FULL) assert.ok(report.slowestMs <= 2_000, `slowest ${report.slowestMs} ms`);
      const types = (await cluster().api.events()).filter(({ seq, member }) => seq > mark && member === id);
      const back = types.filter(({ type }) => type === 'server-up');
      assert.equal(back.length, 1, `back once: ${types.map(({ type }) => type).join(', ')}`);
    });
});

/** Kills one member and waits until it gets nothing new; how long that took from its death on. */
async function killOne(cluster: ComposeCluster, ids: readonly string[], id: string): Promise<number> {
  const dead = whenGone(await hostPid(id));
  const out = cluster.expectServing(ids.filter((other) => other !== id)).then(sharedNowMs);
  await docker(['kill', id]);
  return (await out) - (await dead);
}
