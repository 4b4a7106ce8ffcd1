import { strict as assert } from 'node:assert';
import { logSize } from '../support/cluster-log.js';
import { assertLossless, describeClusters, printFigures } from '../support/cluster-matrix.js';
import { eventually } from '../support/eventually.js';
import { startLoad } from '../support/load.js';

const IDS = ['w1', 'w2', 'w3'];

/** Runtime commands that only look (HAProxy management guide, 9.3). */
const READS = /^(@@?1 )?(show|get) /;

describeClusters('a watcher that is killed', { members: 3, app: 'echo', on: 'registries' }, (cluster, combination) => {
  it('changes nothing when it comes back and nothing has changed', async () => {
    const load = await startLoad({ url: cluster().url });
    const worker = await cluster().workerPid();
    const mark = logSize(cluster().logFile('watcher'));
    await cluster().killWatcher();
    // Some passes of the new one, so that a change of mind would show.
    if (combination.balancer === 'haproxy') await eventually(() => assertLooked(cluster().transcript(mark)));
    else await load.more(500);
    const changes = cluster()
      .transcript(mark)
      .filter((command) => !READS.test(command));
    assert.deepEqual(changes, [], 'commands that change something');
    assert.equal(await cluster().workerPid(), worker, 'another worker answers, so there was a reload');
    assert.equal(await cluster().reloads(), 0, 'reloads of the new watcher');
    assertLossless(await load.stop(), combination);
    await cluster().expectConverged(IDS);
  });

  it('is not needed for a member that dies meanwhile: no GET fails', async () => {
    await cluster().stopWatcher();
    const load = await startLoad({ url: cluster().url });
    await cluster().killMember('w3');
    await load.more(500);
    cluster().startWatcher();
    await cluster().expectServing(['w1', 'w2']);
    await cluster().startMember('w3');
    await cluster().expectConverged(IDS);
    assertLossless(await load.stop(), combination);
  });

  it('applies what happened while it was away', async () => {
    const load = await startLoad({ url: cluster().url });
    await cluster().stopWatcher();
    await cluster().startMember('w4');
    await load.more(300);
    cluster().startWatcher();
    await cluster().expectConverged([...IDS, 'w4']);
    assertLossless(await load.stop(), combination);
  });
});

function assertLooked(transcript: readonly string[]): void {
  const looks = transcript.filter((command) => command.includes('show servers state'));
  assert.ok(looks.length >= 3, `the new watcher has looked ${looks.length} times`);
}

describeClusters(
  'a balancer that starts while Consul is down',
  { members: 3, app: 'echo', on: 'consul' },
  (cluster, combination) => {
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
      await cluster().expectConverged(IDS);
      await eventually(async () => assert.ok((await cluster().api.status()).registry.reachable));
      const report = await load.stop();
      printFigures({ load: report.summary() });
      assertLossless(report, combination);
      assert.deepEqual(Object.keys(report.withoutIdleResets().byBackend()).sort(), IDS, 'each member served');
    });
  },
);
