import { strict as assert } from 'node:assert';
import { logSize } from '../support/cluster-log.js';
import { describeClusters, printFigures } from '../support/cluster-matrix.js';
import { eventually } from '../support/eventually.js';
import { startLoad } from '../support/load.js';

const IDS = ['w1', 'w2', 'w3'];

/** Runtime commands that only look (HAProxy management guide, 9.3). */
const READS = /^(@@?1 )?(show|get) /;

describeClusters('a watcher that is killed', { members: 3, app: 'echo', on: 'registries' }, (cluster) => {
  it('sends no command when it comes back and nothing has changed', async () => {
    const load = await startLoad({ url: cluster().url });
    const worker = await cluster().workerPid();
    const mark = logSize(cluster().logFile('watcher'));
    await cluster().killWatcher();
    // Some passes of the new one, so that a change of mind would show.
    await eventually(() => {
      const looks = cluster()
        .transcript(mark)
        .filter((command) => command.includes('show servers state'));
      assert.ok(looks.length >= 3, `the new watcher has looked ${looks.length} times`);
    }, 30_000);
    const changes = cluster()
      .transcript(mark)
      .filter((command) => !READS.test(command));
    assert.deepEqual(changes, [], 'commands that change something');
    assert.equal(await cluster().workerPid(), worker, 'another worker answers, so there was a reload');
    assert.equal(await cluster().reloads(), 0, 'reloads of the new watcher');
    (await load.stop()).assertNoneFailed();
    await cluster().expectConverged(IDS);
  });

  it('applies what happened while it was away', async () => {
    const load = await startLoad({ url: cluster().url });
    await cluster().stopWatcher();
    await cluster().startMember('w4');
    await load.more(300);
    cluster().startWatcher();
    await cluster().expectConverged([...IDS, 'w4'], 15_000);
    (await load.stop()).assertNoneFailed();
  });
});

describeClusters(
  'a balancer that starts while Consul is down',
  { members: 3, app: 'echo', on: 'consul' },
  (cluster) => {
    it('serves from the last good set, and is in sync again when Consul is back', async () => {
      const { consul } = cluster().options.registry;
      assert.ok(consul);
      await cluster().stopHa();
      await consul.stop();
      await cluster().startHa();
      await cluster().expectServing(IDS);
      const load = await startLoad({ url: cluster().url });
      await load.more(500);
      assert.equal((await cluster().api.status()).registry.reachable, false, 'Consul is down, and the status knows it');
      await consul.restart();
      await cluster().expectConverged(IDS, 15_000);
      await eventually(async () => assert.ok((await cluster().api.status()).registry.reachable));
      const report = await load.stop();
      printFigures({ load: report.summary() });
      report.assertNoneFailed();
      assert.deepEqual(Object.keys(report.byBackend()).sort(), IDS, 'each member served');
    });
  },
);
