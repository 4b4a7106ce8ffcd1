import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FULL } from '../support/full.js';
import { describeInstances } from '../support/moto/describe-instances.js';
import { drainUnderLoad } from '../support/moto/drain-under-load.js';
import { INSTANCE_AGENT } from '../support/moto/instance.js';
import { openRequests } from '../support/moto/open-requests.js';
import { EVERYBODY, ON_FIRST } from '../support/moto/two-instances.js';
import { RunningProcess, tail } from '../support/processes.js';

describeInstances(
  'an instance that EC2 takes back, or that ends without its registry',
  { heartbeatTimeoutS: 30 },
  (all) => {
    it('is ended and replaced by its group, and let go when its members have left: no request is lost', async () => {
      const { group, first } = all();
      const before = await group.inService();
      await drainUnderLoad(all(), async () => {
        first.metadata.interrupt(secondsFromNow(120));
        await first.untilSaid('the group was told that this instance ends');
        assert.equal(await group.lifecycleState(first.id), 'Terminating:Wait');
        first.metadata.terminate();
      });
      const others = before.filter((id) => id !== first.id);
      const after = await group.inService();
      assert.deepEqual([before.length, after.length, after.filter((id) => before.includes(id))], [2, 2, others]);
      assert.equal(first.linesSaying('all members have left').length, 1);
    });

    it('is let go 20 s before, though a request is in flight, which is answered all the same', async () => {
      await all().replaceFirst();
      const { cluster, first } = all();
      const inFlight = openRequests(cluster.url, EVERYBODY.length);
      const endsAt = secondsFromNow(22);
      first.metadata.interrupt(endsAt);
      const late = await first.untilSaid('the time is up before all members have left');
      await first.untilSaid('lifecycle action completed');
      await all().firstGone();
      assert.deepEqual(late.here, ['webapp/w1', 'webapp/w2']);
      const beforeEndMs = endsAt.getTime() - Date.parse(String(late.time));
      assert.ok(beforeEndMs > (FULL ? 18_500 : 0) && beforeEndMs < 20_500, `${beforeEndMs} ms before the end`);
      const answers = await inFlight.finish();
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      );
      await Promise.all(ON_FIRST.map((id) => all().memberEnd(id)));
      await cluster.expectConverged(['w3']);
    });

    it('has its hook completed at the deadline while the registry is down, also when its agent is to end', async () => {
      const { cluster, group } = all();
      const second = await all().startSecond({ INSTANCE_LEAVE_TIMEOUT_MS: '5000' });
      await cluster.options.registry.consul?.kill();
      await all().terminate(second);
      await second.untilSaid('this instance is to end');
      assert.ok(second.agent.signal('SIGTERM'));
      const askedAtMs = Date.now();
      const late = await second.untilSaid('the time is up before all members have left');
      const exit = await second.agent.exited;
      assert.ok(Date.parse(String(late.time)) > askedAtMs, 'it was asked to end when the time was up already');
      assert.equal(late.here, 'unknown');
      assert.equal(second.linesSaying('lifecycle action completed').length, 1);
      assert.equal(await group.lifecycleState(second.id), null);
      assert.deepEqual([exit.code, exit.signal], [0, null]);
      await cluster.expectServing(['w3']);
    });
  },
);

describe('an instance agent with wrong settings', () => {
  it('says all their faults together and ends with 1', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'muster-instance-'));
    const logFile = join(dir, 'log');
    const env = { INSTANCE_POLL_MS: '5', AWS_ENDPOINT_URL: 'moto', SERVICES: 'Web' };
    const running = new RunningProcess({
      name: 'agent',
      command: process.execPath,
      args: [INSTANCE_AGENT],
      env,
      logFile,
    });
    const { code } = await running.exited;
    const said = tail(logFile);
    rmSync(dir, { recursive: true });
    assert.equal(code, 1);
    const names = ['INSTANCE_POLL_MS', 'AWS_ENDPOINT_URL', 'SERVICES', 'REGISTRY_DIR'];
    for (const name of names) assert.ok(said.includes(name), `${name} in ${said}`);
  });
});

/** Up to a second later: on a whole one, because AWS writes no parts of it. */
function secondsFromNow(seconds: number): Date {
  return new Date((Math.ceil(Date.now() / 1_000) + seconds) * 1_000);
}
