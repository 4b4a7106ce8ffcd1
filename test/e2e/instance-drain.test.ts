import { strict as assert } from 'node:assert';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { describeInstances } from '../support/moto/describe-instances.js';
import { drainUnderLoad } from '../support/moto/drain-under-load.js';
import { EVERYBODY } from '../support/moto/two-instances.js';

/** Requests of one look of the agent at its metadata. */
const LOOK = 3;

const HEARTBEAT_TIMEOUT_S = 2;
/** One at once, and one after each half of the timeout: at the third it is over, and without them moto had ended the instance. */
const HEARTBEATS = 3;

describeInstances('an instance that its group lets go', { heartbeatTimeoutS: HEARTBEAT_TIMEOUT_S }, (all) => {
  it('keeps serving while the metadata service fails, and is understood again after it', async () => {
    const { cluster, group, first } = all();
    const recoveries = () => first.linesSaying('metadata can be read again').length;
    const before = recoveries();
    for (const fault of [500, 'silent', 403] as const) {
      first.metadata.fail(fault);
      const failed = () => first.metadata.requests.filter((one) => one.endsWith(` ${fault}`)).length;
      await eventually(() => assert.ok(failed() > LOOK, `the agent looks no more after ${fault}`));
    }
    first.metadata.fail(null);
    first.metadata.expireTokens();
    await eventually(() => assert.equal(recoveries(), before + 1));
    await cluster.expectServing(EVERYBODY);
    assert.equal(await group.lifecycleState(first.id), 'InService');
    assert.deepEqual(first.linesSaying('member asked to leave'), []);
  });

  it('answers the requests in flight, loses none, and is held by its hook until its members have left', async () => {
    const { group, first } = all();
    await drainUnderLoad(all(), async () => {
      await all().terminate(first);
      const beats = () => first.linesSaying('heartbeat of the lifecycle hook recorded').length;
      await eventually(() => assert.ok(beats() >= HEARTBEATS, `${beats()} heartbeats, one a second`));
      assert.equal(await group.lifecycleState(first.id), 'Terminating:Wait');
    });
  });

  it('has a member that joins again leave again, and leaves no intent behind', async () => {
    const { cluster } = all();
    await all().startMember('w1');
    const { code } = await all().memberEnd('w1');
    assert.equal(code, 0);
    await cluster.expectConverged(['w3']);
    await eventually(async () => assert.deepEqual(await all().intents(), []));
  });

  it('leaves the other instance alone; the agent of the one that is gone ends with 0 when it is asked to', async () => {
    await all().cluster.expectServing(['w3']);
    const { code, signal } = await all().first.agent.stop(PATIENCE_MS);
    assert.deepEqual([code, signal], [0, null]);
  });
});
