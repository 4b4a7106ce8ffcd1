import { strict as assert } from 'node:assert';
import type { Cluster } from '../support/cluster.js';
import { arrivals, logSize } from '../support/cluster-log.js';
import { assertLossless, describeClusters } from '../support/cluster-matrix.js';
import { accessLog } from '../support/cluster-member.js';
import { eventually } from '../support/eventually.js';
import { startLoad } from '../support/load.js';

describeClusters('an operator', { members: 3, app: 'echo', on: 'registries' }, (cluster, combination) => {
  it('drains a member that stays registered, over a restart of the watcher, until it is made ready again', async () => {
    const load = await startLoad({ url: cluster().url });
    const mark = await cluster().lastSeq();
    await cluster().api.ask('drain', 'w2');
    const drained = await cluster().event('server-drained', 'w2', mark);
    await cluster().expectServing(['w1', 'w3']);
    const view = (await cluster().api.members()).find((one) => one.id === 'w2');
    assert.deepEqual([view?.intent, view?.server?.admin], ['drain', 'drain'], JSON.stringify(view));
    assert.equal(cluster().member('w2').process.exit, null, 'a drained member goes on running');

    const log = logSize(cluster().logFile('watcher'));
    await cluster().killWatcher();
    await load.more(300);
    await cluster().expectServing(['w1', 'w3']);
    await eventually(async () => {
      const after = (await cluster().api.members()).find((one) => one.id === 'w2');
      assert.equal(after?.intent, 'drain', JSON.stringify(after));
    });
    const touched = cluster()
      .transcript(log)
      .filter((command) => /\bwebapp\/w2\b/.test(command) && !/^(@@?1 )?(show|get) /.test(command));
    assert.deepEqual(touched, [], 'commands of the new watcher to the drained server');
    assert.equal(await cluster().reloads(), 0, 'reloads of the new watcher');
    assertNoArrivals(cluster(), 'w2', Date.parse(drained.at) + 1);

    await cluster().api.ask('ready', 'w2');
    await cluster().expectConverged(['w1', 'w2', 'w3']);
    const served = load.report().to('w2').requests;
    await eventually(() => assert.ok(load.report().to('w2').requests > served, 'w2 gets no requests'));
    assertLossless(await load.stop(), combination);
  });

  it('lets a member leave for good', async () => {
    const load = await startLoad({ url: cluster().url });
    await cluster().api.ask('leave', 'w3');
    await cluster().expectServing(['w1', 'w2']);
    await eventually(async () => {
      assert.ok(!(await cluster().runningServers()).some((one) => one.name === 'w3'), 'w3 is in the running state');
      assert.ok(
        !cluster()
          .configServers()
          .some((one) => one.name === 'w3'),
        'w3 is in the file',
      );
    });
    assertLossless(await load.stop(), combination);
  });

  it('is nobody without the token', async () => {
    const { api } = cluster();
    const before = (await api.members()).map((one) => [one.id, one.intent]);
    const answer = await fetch(`${api.base}/v1/members/webapp/w1/drain`, { method: 'POST' });
    assert.equal(answer.status, 401, await answer.text());
    assert.deepEqual(
      (await api.members()).map((one) => [one.id, one.intent]),
      before,
    );
  });
});

function assertNoArrivals(cluster: Cluster, id: string, sinceMs: number): void {
  const late = arrivals(accessLog(cluster.runDir)).filter((one) => one.member === id && one.at > sinceMs);
  assert.deepEqual(late, [], `requests that reached ${id} after it was drained`);
}
