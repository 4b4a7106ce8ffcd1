import { strict as assert } from 'node:assert';
import { createServer } from 'node:net';
import type { Cluster } from '../support/cluster.js';
import { arrivals } from '../support/cluster-log.js';
import { assertLossless, type Combination, describeClusters, printFigures } from '../support/cluster-matrix.js';
import { accessLog } from '../support/cluster-member.js';
import { addToTemplate, restoreTemplate } from '../support/cluster-template.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { startLoad } from '../support/load.js';
import { freePort } from '../support/ports.js';

describeClusters('a change of structure', { members: 3, app: 'echo', on: 'balancers' }, (cluster, combination) => {
  const reloads = FULL ? 20 : 6;
  const isNginx = combination.balancer === 'nginx';
  const nonsense = isNginx ? 'no_such_directive 1;' : 'backend broken\n  no-such-directive 1';

  it(`loses no request in ${reloads} reloads under keep-alive load`, async () => {
    const load = await startLoad({ url: cluster().url });
    for (let i = 1; i < reloads; i += 1) {
      await reload(cluster(), () => addToTemplate(cluster(), `# edit ${i}`));
      await load.more(30);
    }
    await reload(cluster(), () => restoreTemplate(cluster()));
    const report = await load.stop();
    printFigures({ load: report.summary() });
    assertLossless(report, combination);
    await cluster().expectConverged(['w1', 'w2', 'w3']);
  });

  it('keeps a drain that is in progress', async () => {
    await makePristine(cluster());
    const mark = await cluster().lastSeq();
    const slow = [1, 2, 3].map(() => fetch(`${cluster().url}slow?ms=5000`));
    const load = await startLoad({ url: cluster().url });
    const stopping = cluster().stopGracefully('w2');
    await cluster().event('server-draining', 'w2', mark);
    await eventually(() => assertDraining(cluster(), 'w2'));
    await reload(cluster(), () => addToTemplate(cluster(), '# edited in mid-drain'));
    await assertDraining(cluster(), 'w2');
    const reloadedAt = Date.now();
    await load.more(300);
    await assertDraining(cluster(), 'w2');
    const answers = await Promise.all(slow);
    const exit = await stopping;
    const report = await load.stop();
    const statuses = answers.map((one) => one.status);
    assert.deepEqual(statuses, [200, 200, 200], 'requests in flight');
    const backends = answers.map((one) => one.headers.get('x-backend'));
    assert.ok(backends.includes('w2'), 'no request was in flight on w2');
    assertLossless(report, combination);
    const late = arrivals(accessLog(cluster().runDir)).filter((one) => one.member === 'w2' && one.at > reloadedAt);
    assert.deepEqual(late, [], 'requests that reached the draining member after the reload');
    assert.equal(exit.code, 0);
    await cluster().expectConverged(['w1', 'w3']);
  });

  it('is refused when the template is no template', async () => {
    await assertRefused(cluster(), combination, '{{#each backends}}');
  });

  it('is refused when the balancer refuses it', async () => {
    await assertRefused(cluster(), combination, nonsense);
  });

  it('is refused when its address is taken, while the old address goes on serving', async () => {
    const blocker = createServer();
    const taken = await freePort();
    await new Promise<void>((resolve) => blocker.listen(taken, '127.0.0.1', resolve));
    try {
      const section = isNginx
        ? `server { listen 127.0.0.1:${taken}; }`
        : `frontend unbindable\n  mode http\n  bind 127.0.0.1:${taken}`;
      await assertRefused(cluster(), combination, section);
    } finally {
      blocker.close();
    }
  });

  it('does not keep members from coming while a broken template waits to be mended', async () => {
    await makePristine(cluster());
    const mark = await cluster().lastSeq();
    addToTemplate(cluster(), nonsense);
    await cluster().event('config-refused', null, mark);
    await cluster().startMember('w2');
    await cluster().expectServing(['w1', 'w2', 'w3']);
    await makePristine(cluster());
    await cluster().expectConverged(['w1', 'w2', 'w3']);
  });
});

/** The product's own template, in force: whatever a test before left behind, also one that failed in the middle. */
async function makePristine(cluster: Cluster): Promise<void> {
  restoreTemplate(cluster);
  await eventually(async () => {
    assert.ok(!cluster.config().includes('# edit'), 'the file still holds an edit');
    const { problem, inSync } = await cluster.api.status();
    assert.deepEqual({ problem, inSync }, { problem: null, inSync: true });
  });
}

/** Makes a change that needs a reload, and waits until the new worker answers and the watcher calls itself in sync. */
async function reload(cluster: Cluster, change: () => void): Promise<void> {
  const before = await cluster.workerPid();
  const reloads = await cluster.reloads();
  change();
  await eventually(async () => {
    const status = await cluster.api.status();
    assert.ok(status.reloads > reloads, `no reload was counted; problem: ${status.problem}`);
    assert.notEqual(await cluster.workerPid(), before, 'the old worker still answers');
  });
}

async function assertDraining(cluster: Cluster, id: string): Promise<void> {
  const server = (await cluster.runningServers()).find((one) => one.name === id);
  assert.ok(server, `${id} is not in the running state`);
  assert.equal(server.admin, 'drain', `running state of ${id}`);
}

/** The edit is refused in public, nothing changes and no request is lost, and the problem goes when the edit does. */
async function assertRefused(cluster: Cluster, combination: Combination, text: string): Promise<void> {
  await makePristine(cluster);
  const load = await startLoad({ url: cluster.url });
  const worker = await cluster.workerPid();
  const config = cluster.config();
  const mark = await cluster.lastSeq();
  const reloads = await cluster.reloads();
  addToTemplate(cluster, text);
  const event = await cluster.event('config-refused', null, mark);
  await load.more(300);
  const { problem } = await cluster.api.status();
  assert.ok(problem, `no problem in the status after: ${event.message}`);
  assert.equal(await cluster.workerPid(), worker, 'the worker changed');
  assert.equal(cluster.config(), config, 'the file changed');
  assert.equal(await cluster.reloads(), reloads, 'reloads that the status counts');
  await makePristine(cluster);
  const report = await load.stop();
  assertLossless(report, combination);
}
