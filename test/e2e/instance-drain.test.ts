import { strict as assert } from 'node:assert';
import { eventTimeMs } from '../support/cluster-log.js';
import { printFigures } from '../support/cluster-matrix.js';
import { eventually } from '../support/eventually.js';
import { startLoad } from '../support/load.js';
import { describeInstances } from '../support/moto/describe-instances.js';
import { ON_FIRST, PLACES } from '../support/moto/two-instances.js';
import { slowRequests } from '../support/slow-requests.js';

const EVERYBODY = Object.keys(PLACES);
const SLOW_MS = 7_000;

// The hook's time is shorter than the slow request: without heartbeats moto ends the instance under it.
describeInstances('an instance that its group lets go', { heartbeatTimeoutS: 2 }, (all) => {
  it('keeps serving while the metadata service fails, and is understood again after it', async () => {
    const { metadata, cluster, group, instanceId } = all();
    for (const fault of [500, 'silent', 403] as const) {
      metadata.fail(fault);
      const asked = metadata.requests.length;
      await eventually(() => assert.ok(metadata.requests.length > asked + 6, `the agent asks no more after ${fault}`));
    }
    metadata.fail(null);
    metadata.expireTokens();
    await all().said('metadata can be read again');
    await cluster.expectServing(EVERYBODY);
    assert.equal(await group.lifecycleState(instanceId), 'InService');
    assert.deepEqual(all().saying('member asked to leave'), []);
  });

  it('answers the request in flight, loses none, and is held by its hook until its members have left', async () => {
    const { cluster, group, instanceId } = all();
    const mark = await cluster.lastSeq();
    const slow = slowRequests(cluster.url, EVERYBODY.length, SLOW_MS);
    const load = await startLoad({ url: cluster.url });
    const startedMs = performance.now();
    await all().terminate();
    await all().said('heartbeat of the lifecycle hook recorded');
    const stateInFlight = await group.lifecycleState(instanceId);
    const exits = await Promise.all(ON_FIRST.map((id) => all().memberEnd(id)));
    const answers = await slow;
    const completed = await all().said('lifecycle action completed');
    await eventually(async () => assert.equal(await group.lifecycleState(instanceId), null));
    const tookMs = performance.now() - startedMs;
    await load.more(200);
    const report = await load.stop();
    printFigures({ load: report.summary(), 'terminate → instance gone, ms': tookMs });

    const answered = answers.map(({ status, backend }) => `${backend} ${status}`);
    assert.deepEqual(answered.sort(), ['w1 200', 'w2 200', 'w3 200']);
    report.assertNoneFailed();
    for (const id of ON_FIRST) report.assertNothingTo(id, eventTimeMs(await cluster.event('server-drained', id, mark)));
    assert.deepEqual(
      exits.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(stateInFlight, 'Terminating:Wait');
    assert.equal(await group.ec2State(instanceId), 'terminated');
    const beats = all().saying('heartbeat of the lifecycle hook recorded').length;
    assert.ok(beats >= 3, `${beats} heartbeats during a request of ${SLOW_MS} ms`);
    // To a millisecond, which is what log lines have.
    const answeredAtMs = performance.timeOrigin + Math.max(...answers.map(({ endMs }) => endMs));
    assert.ok(
      Date.parse(String(completed.time)) >= answeredAtMs - 1,
      'completed before the slow requests were answered',
    );
    await cluster.expectConverged(['w3']);
  });

  it('has a member that joins again leave again, and leaves no intent behind', async () => {
    const { cluster } = all();
    await all().startMember('w1');
    const { code } = await all().memberEnd('w1');
    assert.equal(code, 0);
    await cluster.expectConverged(['w3']);
    await eventually(async () => assert.deepEqual(await all().intents(), []));
  });

  it('leaves the other instance alone, and its agent ends with 0 when it is asked to', async () => {
    await all().cluster.expectServing(['w3']);
    const { code, signal } = await all().agent.stop(5_000);
    assert.deepEqual([code, signal], [0, null]);
  });
});
