import { strict as assert } from 'node:assert';
import { createServer } from 'node:net';
import type { Cluster } from '../support/cluster.js';
import { arrivals } from '../support/cluster-log.js';
import { describeClusters, printFigures } from '../support/cluster-matrix.js';
import { accessLog } from '../support/cluster-member.js';
import { appendToTemplate } from '../support/cluster-template.js';
import { eventually } from '../support/eventually.js';
import { startLoad } from '../support/load.js';
import { freePort } from '../support/ports.js';

const RELOADS = 20;

describeClusters(
  'a change of structure',
  { members: 3, app: 'echo', on: 'balancers', timeoutMs: 120_000 },
  (cluster) => {
    it(`loses no request in ${RELOADS} reloads under keep-alive load`, async () => {
      const load = await startLoad({ url: cluster().url });
      let undo = (): void => undefined;
      for (let i = 1; i < RELOADS; i += 1) {
        await reload(cluster(), () => {
          const undoThis = appendToTemplate(cluster(), `# edit ${i}`);
          if (i === 1) undo = undoThis;
        });
        await load.more(30);
      }
      await reload(cluster(), undo);
      const report = await load.stop();
      printFigures({ load: report.summary() });
      report.assertNoneFailed();
      await cluster().expectConverged(['w1', 'w2', 'w3']);
    });

    it('keeps a drain that is in progress', async () => {
      const mark = await cluster().lastSeq();
      const slow = [1, 2, 3].map(() => fetch(`${cluster().url}slow?ms=5000`));
      const load = await startLoad({ url: cluster().url });
      const stopping = cluster().stopGracefully('w2');
      await cluster().event('server-draining', 'w2', mark);
      await eventually(() => assertDraining(cluster(), 'w2'));
      let undo = (): void => undefined;
      await reload(cluster(), () => {
        undo = appendToTemplate(cluster(), '# edited in mid-drain');
      });
      await assertDraining(cluster(), 'w2');
      const reloadedAt = Date.now();
      await load.more(300);
      await assertDraining(cluster(), 'w2');
      const answers = await Promise.all(slow);
      const exit = await stopping;
      const report = await load.stop();
      undo();
      assert.deepEqual(
        answers.map((one) => one.status),
        [200, 200, 200],
        'requests in flight',
      );
      assert.ok(
        answers.some((one) => one.headers.get('x-backend') === 'w2'),
        'no request was in flight on w2',
      );
      report.assertNoneFailed();
      const late = arrivals(accessLog(cluster().runDir)).filter((one) => one.member === 'w2' && one.at > reloadedAt);
      assert.deepEqual(late, [], 'requests that reached the draining member through the new worker');
      assert.equal(exit.code, 0);
      await cluster().expectConverged(['w1', 'w3']);
    });

    it('is refused when the template is no template, when HAProxy refuses it, and when its address is taken', async () => {
      await cluster().expectConverged(['w1', 'w3']);
      const blocker = createServer();
      const taken = await freePort();
      await new Promise<void>((resolve) => blocker.listen(taken, '127.0.0.1', resolve));
      const load = await startLoad({ url: cluster().url });
      try {
        await assertRefused(cluster(), '{{#each backends}}');
        await assertRefused(cluster(), 'backend broken\n  no-such-directive 1');
        await assertRefused(cluster(), `frontend unbindable\n  mode http\n  bind 127.0.0.1:${taken}`);
        const report = await load.stop();
        printFigures({ load: report.summary() });
        report.assertNoneFailed();
      } finally {
        blocker.close();
        await load.stop();
      }
      await cluster().expectConverged(['w1', 'w3']);
    });

    it('does not keep members from coming while a broken template waits to be mended', async () => {
      const mark = await cluster().lastSeq();
      const undo = appendToTemplate(cluster(), 'backend broken\n  no-such-directive 1');
      await cluster().event('config-refused', null, mark);
      await cluster().startMember('w2');
      await cluster().expectServing(['w1', 'w2', 'w3']);
      undo();
      await cluster().expectConverged(['w1', 'w2', 'w3']);
      await eventually(async () => assert.equal((await cluster().api.status()).problem, null));
    });
  },
);

/** Makes a change that needs a reload, and waits until the new worker answers and the watcher calls itself in sync. */
async function reload(cluster: Cluster, change: () => void): Promise<void> {
  const before = await cluster.workerPid();
  const reloads = await cluster.reloads();
  change();
  await eventually(async () => {
    const status = await cluster.api.status();
    assert.ok(status.reloads > reloads, `no reload was counted; problem: ${status.problem}`);
    assert.notEqual(await cluster.workerPid(), before, 'the old worker still answers');
  }, 15_000);
}

async function assertDraining(cluster: Cluster, id: string): Promise<void> {
  const server = (await cluster.runningServers()).find((one) => one.name === id);
  assert.ok(server, `${id} is not in the running state`);
  assert.equal(server.admin, 'drain', `running state of ${id}`);
}

/** The edit is refused in public, nothing changes, and the problem is gone when the edit is. */
async function assertRefused(cluster: Cluster, text: string): Promise<void> {
  const worker = await cluster.workerPid();
  const config = cluster.config();
  const mark = await cluster.lastSeq();
  const { reloads } = await cluster.api.status();
  const undo = appendToTemplate(cluster, text);
  const event = await cluster.event('config-refused', null, mark);
  const { problem } = await cluster.api.status();
  assert.ok(problem, `no problem in the status after: ${event.message}`);
  assert.equal(await cluster.workerPid(), worker, `the worker changed after: ${text}`);
  assert.equal((await cluster.api.status()).reloads, reloads, `a reload was counted after: ${text}`);
  assert.equal(cluster.config(), config, `the file changed after: ${text}`);
  undo();
  await eventually(async () =>
    assert.equal((await cluster.api.status()).problem, null, 'problem after the edit was undone'),
  );
}
