import { strict as assert } from 'node:assert';
import { printFigures } from '../support/cluster-matrix.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { FULL } from '../support/full.js';

const STEPS = FULL ? [5, 2, 8] : [5, 2];

describeCompose(`scaling 1 → ${STEPS.join(' → ')} under load`, { webapps: 1, timeoutMs: 150_000 }, (cluster) => {
  it('loses no request, reloads nothing, and ends each step with file, running state and membership equal', async () => {
    const worker = await cluster().workerPid();
    const reloads = await cluster().reloads();
    const everyone = new Set(await cluster().webapps());
    const load = await cluster().load();
    for (const count of STEPS) {
      for (const id of await cluster().scale(count)) everyone.add(id);
      await load.more(100 * count);
    }
    const report = await load.stop();
    printFigures({ load: report.summary() });
    report.assertNoneFailed();
    assert.deepEqual(Object.keys(report.byBackend()).sort(), [...everyone].sort(), 'each member served');
    assert.equal(await cluster().workerPid(), worker, 'another HAProxy worker answers, so there was a reload');
    assert.equal(await cluster().reloads(), reloads, 'reloads');
  });

  it('tells each leave in its order, and a member that stays joined once', async () => {
    const events = await cluster().api.events();
    const left = new Set(events.filter(({ type }) => type === 'member-leave').map(({ member }) => member));
    assert.equal(left.size, 3, 'scaling from 5 to 2 makes three leave');
    for (const id of left) {
      const types = events.filter(({ member }) => member === id).map(({ type }) => type);
      const order = ['member-leaving', 'server-draining', 'server-drained', 'member-leave', 'server-removed'] as const;
      const told = types.filter((type) => order.some((one) => one === type));
      assert.deepEqual(told.slice(0, 4), order.slice(0, 4), `events of ${id}: ${types.join(', ')}`);
    }
    for (const id of await cluster().webapps()) {
      const joins = events.filter(({ member, type }) => member === id && type === 'member-join');
      assert.equal(joins.length, 1, `joins of ${id}`);
    }
  });
});
