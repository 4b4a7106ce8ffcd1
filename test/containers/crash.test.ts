import { strict as assert } from 'node:assert';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { type ContainerProcess, inspect, processesIn, processIn } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { engineEvents } from '../support/docker/engine-events.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';

const WATCHER = /node \S*\/ha\/dist\/main\.js$/;
const APP = /node \S*\/webapp\/dist\/main\.js$|node dist\/main\.js$/;
const AGENT = /node \S*\/agent\/bin\.js$/;
const HAPROXY = /haproxy .*-W/;

describeCompose('what ends in a container', { webapps: 3 }, (cluster) => {
  it('kill -9 of the watcher: started again, no request lost, nothing changed', async () => {
    const ids = await cluster().webapps();
    const worker = await cluster().workerPid();
    const load = await cluster().load();
    await killAndWait(await cluster().container('ha'), WATCHER);
    await eventually(async () => assert.ok((await cluster().api.status()).inSync));
    await load.more(500);
    (await load.stop()).assertNoneFailed();
    assert.equal(await cluster().workerPid(), worker, 'another worker answers, so there was a reload');
    await cluster().expectConverged(ids);
  });

  for (const kind of ['worker', 'master'] as const) {
    it(`kill -9 of HAProxy's ${kind}: started again with the whole membership`, async () => {
      const ids = await cluster().webapps();
      const ha = await cluster().container('ha');
      const old = await haproxy(ha);
      process.kill(old[kind].pid, 'SIGKILL');
      await eventually(async () => {
        const now = await haproxy(ha);
        assert.ok(now.master.pid !== old.master.pid && now.worker.pid !== old.worker.pid, 'the old ones still run');
      });
      await cluster().expectConverged(ids);
      await assertAllServe(cluster(), ids);
    });
  }

  it('kill -9 of an agent: started again, its member serves all the while', async () => {
    const ids = await cluster().webapps();
    const [id = ''] = ids;
    const load = await cluster().load();
    const boot = await bootOf(cluster(), id);
    await killAndWait(id, AGENT);
    await eventually(async () => assert.notEqual(await bootOf(cluster(), id), boot, 'no new boot has joined'));
    await load.more(300);
    (await load.stop()).assertNoneFailed();
    await cluster().expectConverged(ids);
  });

  it('kill -9 of an app: out of rotation, started again, back in rotation, no request lost', async () => {
    const ids = await cluster().webapps();
    const [id = ''] = ids;
    const mark = await cluster().lastSeq();
    const load = await cluster().load();
    await killAndWait(id, APP);
    await cluster().event('server-down', id, mark);
    await cluster().expectConverged(ids);
    await load.more(500);
    (await load.stop()).assertNoneFailed();
  });

  it('an app that crashes again and again: its agent says goodbye, and the container ends with its code', async () => {
    const ids = await cluster().webapps();
    const [, id = ''] = ids;
    const mark = await cluster().lastSeq();
    const ended = engineEvents('die', [`container=${id}`], '{{.Actor.Attributes.exitCode}} {{.TimeNano}}');
    const { Pid } = (await inspect(id)).State;
    await eventually(
      async () => {
        if ((await ended()).length > 0) return;
        for (const { pid } of await appsIn(id, Pid)) process.kill(pid, 'SIGKILL');
        throw new Error('the container has not ended');
      },
      60_000,
      200,
    );
    const [code = '', endedNs = ''] = (await ended()).join(' ').split(' ');
    assert.equal(code, '137', 'exit code of the container');
    const left = await cluster().event('member-leave', id, mark);
    assert.ok(Date.parse(left.at) <= Number(endedNs) / 1e6, 'it left before its container had ended');
    // Its restart policy starts it again, and it is a member like any other.
    await cluster().expectConverged(ids);
  });

  // In the long form only: test/e2e/restart.test.ts asks the same of processes each time.
  if (FULL)
    it('the balancer starts while Consul is down: it serves the last good members, and is in sync when Consul is back', async () => {
      const ids = await cluster().webapps();
      const [ha, consul] = [await cluster().container('ha'), await cluster().container('consul')];
      await docker(['stop', consul]);
      await docker(['restart', '--time', '30', ha]);
      await cluster().findHa();
      await cluster().expectServing(ids);
      const load = await cluster().load();
      await load.more(500);
      assert.equal((await cluster().api.status()).registry.reachable, false, 'Consul is down, and the status knows it');
      await docker(['start', consul]);
      await cluster().expectConverged(ids);
      await eventually(async () => assert.ok((await cluster().api.status()).registry.reachable));
      const report = await load.stop();
      report.assertNoneFailed();
      assert.deepEqual(Object.keys(report.byBackend()).sort(), ids, 'each member served');
    });
});

/** SIGKILL to the one process of a container that matches, and waits until another one has taken its place. */
async function killAndWait(id: string, pattern: RegExp): Promise<void> {
  const { pid } = await processIn(id, pattern);
  process.kill(pid, 'SIGKILL');
  await eventually(async () => assert.notEqual((await processIn(id, pattern)).pid, pid));
}

async function haproxy(id: string): Promise<{ master: ContainerProcess; worker: ContainerProcess }> {
  const all = (await processesIn(id)).filter(({ command }) => HAPROXY.test(command) && !/s6-/.test(command));
  const pids = new Set(all.map(({ pid }) => pid));
  const master = all.find(({ parent }) => !pids.has(parent));
  const worker = all.find(({ parent }) => parent === master?.pid);
  assert.ok(master && worker, `master and worker of HAProxy: ${JSON.stringify(all)}`);
  return { master, worker };
}

/** The app of a container, while it is the one that was started with this process 1. */
async function appsIn(id: string, init: number): Promise<ContainerProcess[]> {
  const { State } = await inspect(id);
  if (!State.Running || State.Pid !== init) return [];
  const all = await processesIn(id).catch(() => []);
  return all.filter(({ command }) => APP.test(command));
}

async function bootOf(cluster: ComposeCluster, id: string): Promise<string | undefined> {
  return (await cluster.api.members()).find((one) => one.id === id)?.boot;
}

async function assertAllServe(cluster: ComposeCluster, ids: readonly string[]): Promise<void> {
  const load = await cluster.load();
  await load.more(200);
  const report = await load.stop();
  report.assertNoneFailed();
  assert.deepEqual(Object.keys(report.byBackend()).sort(), [...ids].sort(), 'each member serves');
}
