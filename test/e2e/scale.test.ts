import { strict as assert } from 'node:assert';
import { assertLossless, describeClusters, printFigures } from '../support/cluster-matrix.js';
import { startLoad } from '../support/load.js';

describeClusters('scaling 1 → 5 → 2 under load', { members: 1, on: 'versions' }, (cluster, combination) => {
  const way = combination.balancer === 'nginx' ? 'by reloads' : 'without a reload';

  it(`loses no request, ${way}, and ends each step with file, running state and membership equal`, async () => {
    const { url } = cluster();
    const workerBefore = await cluster().workerPid();
    const reloadsBefore = await cluster().reloads();
    const load = await startLoad({ url });
    await cluster().scale(5);
    await load.more(500);
    await cluster().scale(2);
    await load.more(200);
    const report = await load.stop();
    const reloads = (await cluster().reloads()) - reloadsBefore;
    printFigures({ load: report.summary(), reloads });
    assertLossless(report, combination);
    assert.deepEqual(
      Object.keys(report.withoutIdleResets().byBackend()).sort(),
      ['w1', 'w2', 'w3', 'w4', 'w5'],
      'each member served',
    );
    const isSameWorker = (await cluster().workerPid()) === workerBefore;
    if (combination.balancer === 'haproxy')
      return assert.deepEqual({ isSameWorker, reloads }, { isSameWorker: true, reloads: 0 });
    assert.equal(isSameWorker, false, 'NGINX cannot change its servers without new workers');
    // Seven members came or went, and each of the three that went in two steps at least.
    assert.ok(reloads >= 3 && reloads <= 20, `${reloads} reloads`);
  });

  it('tells each join and each leave once', async () => {
    const types = (await cluster().api.events()).filter((one) => one.member === 'w5').map((one) => one.type);
    for (const type of ['member-join', 'member-leaving', 'member-leave'] as const) {
      assert.equal(types.filter((one) => one === type).length, 1, `${type} in ${types.join(', ')}`);
    }
    assert.ok(types.indexOf('member-join') < types.indexOf('member-leaving'), types.join(', '));
    assert.ok(types.indexOf('member-leaving') < types.indexOf('member-leave'), types.join(', '));
  });
});
