import { strict as assert } from 'node:assert';
import { eventTimeMs } from '../support/cluster-log.js';
import { printFigures } from '../support/cluster-matrix.js';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { stopContainer } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { engineEvents } from '../support/docker/engine-events.js';
import { assertAcknowledged, followLeaves, lastLeave } from '../support/docker/leaves.js';
import { FULL } from '../support/full.js';
import { slowRequests } from '../support/slow-requests.js';

const SLOW_MS = 3_000;
const RESTARTS = FULL ? 12 : 1;

describeCompose('docker stop', { webapps: 5, timeoutMs: 240_000 }, (cluster) => {
  it('answers the request in flight, takes no new one after the acknowledgement, and exits with 0', async () => {
    const ids = await cluster().webapps();
    const [id = ''] = ids;
    const mark = await cluster().lastSeq();
    const slow = slowRequests(cluster().url, ids.length, SLOW_MS);
    const load = await cluster().load();
    const stopped = stopContainer(id).then((result) => ({ ...result, endMs: performance.now() }));
    const answers = await slow;
    const { code, endMs } = await stopped;
    await load.more(200);
    const report = await load.stop();
    const drained = await cluster().event('server-drained', id, mark);
    const held = answers.find(({ backend }) => backend === id);
    assert.ok(held, `no slow request was in flight on ${id}: ${JSON.stringify(answers)}`);
    const overMs = endMs - held.endMs;
    printFigures({ load: report.summary(), 'over the request, ms': overMs });
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200], JSON.stringify(answers));
    report.assertNoneFailed();
    report.assertNothingTo(id, eventTimeMs(drained));
    assert.equal(code, 0, 'exit code of the container');
    assertAcknowledged(await lastLeave(id));
    if (FULL) assert.ok(overMs < 1_500, `${overMs} ms over the request`);
    await startAgain(cluster(), [id], ids);
  });

  it('waits for nothing else when nothing is in flight', async () => {
    const ids = await cluster().webapps();
    const [, id = ''] = ids;
    const { code, tookMs } = await stopContainer(id);
    printFigures({ 'idle stop, ms': tookMs });
    assert.equal(code, 0, 'exit code of the container');
    assertAcknowledged(await lastLeave(id));
    if (FULL) assert.ok(tookMs < 1_200, `an idle stop took ${tookMs} ms`);
    await startAgain(cluster(), [id], ids);
  });

  it('of two at once fails nothing', async () => {
    const ids = await cluster().webapps();
    const [one = '', other = ''] = ids;
    const slow = slowRequests(cluster().url, ids.length, SLOW_MS);
    const load = await cluster().load();
    const [first, second] = await Promise.all([stopContainer(one), stopContainer(other)]);
    const statuses = (await slow).map(({ status }) => status);
    await cluster().expectServing(ids.slice(2));
    await load.more(200);
    const report = await load.stop();
    printFigures({ load: report.summary() });
    assert.deepEqual([...new Set(statuses)], [200], `requests in flight: ${statuses.join(', ')}`);
    report.assertNoneFailed();
    assert.deepEqual([first.code, second.code], [0, 0], 'exit codes');
    await startAgain(cluster(), [one, other], ids);
  });

  it(`and docker start of the same container, ${RESTARTS} times: ready before traffic, drained anew each time`, async () => {
    const ids = await cluster().webapps();
    const [, , id = ''] = ids;
    const load = await cluster().load();
    for (let round = 0; round < RESTARTS; round += 1) {
      const mark = await cluster().lastSeq();
      const { code } = await stopContainer(id);
      assert.equal(code, 0, 'exit code of the container');
      const drained = await cluster().event('server-drained', id, mark);
      await load.more(100);
      load.report().assertNothingTo(id, eventTimeMs(drained));
      await startAgain(cluster(), [id], ids);
      const served = load.report().to(id).requests;
      while (load.report().to(id).requests === served) await load.more(10);
    }
    const report = await load.stop();
    printFigures({ load: report.summary() });
    // A request before it was ready, or after it had gone, would have failed.
    report.assertNoneFailed();
  });

  // The last one: nothing is left after it.
  it('of all, by docker compose down, stops the webapps first, then the balancer, each with 0', async () => {
    const format = '{{index .Actor.Attributes "com.docker.compose.service"}} {{.Actor.Attributes.exitCode}}';
    const ends = engineEvents('die', [`label=com.docker.compose.project=${cluster().project.name}`], format);
    const left = await followLeaves(await cluster().webapps());
    const tookMs = await cluster().down();
    printFigures({ 'down, ms': tookMs });
    // Consul's own exit code after SIGTERM is 1: it was told not to leave.
    const ours = (await ends()).filter((line) => !line.startsWith('consul'));
    assert.deepEqual(ours, [...Array.from({ length: 5 }, () => 'webapp 0'), 'ha 0']);
    const leaves = await left();
    assert.equal(leaves.length, 5, 'agents that said how they left');
    assertAcknowledged(...leaves);
    if (FULL) assert.ok(tookMs < 5_000, `down took ${tookMs} ms`);
  });
});

/** Starts stopped containers again and waits until all serve; a refused or early request would fail in the load. */
async function startAgain(cluster: ComposeCluster, ids: readonly string[], all: readonly string[]): Promise<void> {
  await docker(['start', ...ids]);
  await cluster.expectConverged(all);
}
