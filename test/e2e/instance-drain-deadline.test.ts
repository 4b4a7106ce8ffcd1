import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.js';
import { describeInstances } from '../support/moto/describe-instances.js';
import { ON_FIRST, PLACES } from '../support/moto/two-instances.js';
import { RunningProcess, tail } from '../support/processes.js';
import { slowRequests } from '../support/slow-requests.js';

const BIN = fileURLToPath(new URL('../../membership/dist/instance/bin.js', import.meta.url));

describeInstances('a spot instance that EC2 takes back', { heartbeatTimeoutS: 30 }, (all) => {
  it('is let go 20 s before, though a request is in flight, which is answered all the same', async () => {
    const { cluster, metadata, group, instanceId } = all();
    const slow = slowRequests(cluster.url, Object.keys(PLACES).length, 9_000);
    slow.catch(() => undefined);
    let over = false;
    void slow.then(() => {
      over = true;
    });
    await group.terminate(instanceId);
    const endsAt = new Date(Date.now() + 24_000);
    metadata.interrupt(endsAt);
    const late = await all().said('the time is up before all members have left');
    await all().said('lifecycle action completed');
    assert.equal(over, false, 'the slow request was over: nothing was shown');
    await eventually(async () => assert.equal(await group.lifecycleState(instanceId), null));
    assert.deepEqual(late.here, ['webapp/w1', 'webapp/w2']);
    const beforeEndMs = endsAt.getTime() - Date.parse(String(late.time));
    assert.ok(beforeEndMs > 19_000 && beforeEndMs < 22_000, `${beforeEndMs} ms before the end`);
    assert.deepEqual(
      (await slow).map(({ status }) => status),
      [200, 200, 200],
    );
    await Promise.all(ON_FIRST.map((id) => all().memberEnd(id)));
    await cluster.expectConverged(['w3']);
  });
});

const impatient = { heartbeatTimeoutS: 30, agentEnv: { INSTANCE_LEAVE_TIMEOUT_MS: '2000' } };

describeInstances('an instance that ends while the registry is down', impatient, (all) => {
  it('has its hook completed at the deadline, also by an agent that was asked to end meanwhile', async () => {
    const { cluster, group, instanceId } = all();
    await cluster.options.registry.consul?.kill();
    await all().terminate();
    await all().said('this instance is to end');
    assert.ok(all().agent.signal('SIGTERM'));
    const late = await all().said('the time is up before all members have left');
    const exit = await all().agent.exited;
    assert.equal(late.here, 'unknown');
    assert.equal(all().saying('lifecycle action completed').length, 1);
    assert.equal(await group.lifecycleState(instanceId), null);
    assert.deepEqual([exit.code, exit.signal], [0, null]);
    await cluster.expectServing(Object.keys(PLACES));
  });
});

describe('an instance agent with wrong settings', () => {
  it('says all their faults together and ends with 1', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'muster-instance-'));
    const logFile = join(dir, 'log');
    const env = { INSTANCE_POLL_MS: '5', AWS_ENDPOINT_URL: 'moto', SERVICES: 'Web' };
    const running = new RunningProcess({ name: 'agent', command: process.execPath, args: [BIN], env, logFile });
    const { code } = await running.exited;
    const said = tail(logFile);
    rmSync(dir, { recursive: true });
    assert.equal(code, 1);
    const names = ['INSTANCE_POLL_MS', 'AWS_ENDPOINT_URL', 'SERVICES', 'REGISTRY_DIR'];
    for (const name of names) assert.ok(said.includes(name), `${name} in ${said}`);
  });
});
