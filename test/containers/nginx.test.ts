import { strict as assert } from 'node:assert';
import { statSync } from 'node:fs';
import { printFigures } from '../support/cluster-matrix.js';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { processesIn, processStatus, stopContainer } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { eventually } from '../support/eventually.js';
import { slowRequests } from '../support/slow-requests.js';

const SLOW_MS = 2_000;
const MASTER = /^nginx: master process/;

describeCompose('NGINX as the balancer', { webapps: 1, env: { BALANCER: 'nginx' } }, (cluster) => {
  it('scaling 1 → 3 → 2, docker kill and docker stop lose no GET', async () => {
    const everyone = new Set(await cluster().webapps());
    const load = await cluster().load();
    for (const count of [3, 2]) {
      for (const id of await cluster().scale(count)) everyone.add(id);
      await load.more(200);
    }
    const [killed = '', stopped = ''] = await cluster().webapps();
    await docker(['kill', killed]);
    await cluster().expectServing([stopped]);
    await load.more(200);
    await docker(['start', killed]);
    await cluster().expectConverged([killed, stopped].sort());
    const { code } = await stopContainer(stopped);
    await cluster().expectServing([killed]);
    await load.more(200);
    const report = await load.stop();
    printFigures({ load: report.summary() });
    report.assertNoneFailed();
    assert.equal(code, 0, 'exit code of the member that was stopped');
    assert.deepEqual(Object.keys(report.byBackend()).sort(), [...everyone].sort(), 'each member served');
  });

  it("runs as an ordinary user without capabilities, its control socket in a folder that is nobody else's", async () => {
    const processes = await processesIn(await cluster().container('ha'));
    const nginx = processes.filter(({ command }) => command.startsWith('nginx: '));
    assert.ok(nginx.length >= 2, `master and worker: ${JSON.stringify(processes)}`);
    for (const { pid, command } of nginx) {
      const status = processStatus(pid);
      assert.deepEqual(new Set(status.get('Uid')?.split('\t')), new Set(['10001']), command);
      for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status.get(set) ?? '', /^0+$/, set);
      assert.equal(status.get('NoNewPrivs'), '1', command);
    }
    const { mode, uid } = statSync(cluster().runDir);
    assert.deepEqual([(mode & 0o777).toString(8), uid], ['700', 10001], 'NGINX opens its socket to everybody');
  });

  it('kill -9 of its master: started again at once, and the request in flight is answered', async () => {
    const ha = await cluster().container('ha');
    const old = await masterOf(ha);
    const slow = slowRequests(cluster().url, 1, SLOW_MS);
    await inFlight(cluster());
    process.kill(old, 'SIGKILL');
    await eventually(async () => assert.notEqual(await masterOf(ha), old, 'the old one'));
    await cluster().expectConverged(await cluster().webapps());
    assert.deepEqual(await statuses(slow), [200]);
    const load = await cluster().load();
    await load.more(200);
    (await load.stop()).assertNoneFailed();
  });

  // The last one: there is no balancer after it.
  it('docker stop of the balancer answers the request in flight, and ends with 0', async () => {
    const ha = await cluster().container('ha');
    const slow = slowRequests(cluster().url, 1, SLOW_MS);
    await inFlight(cluster());
    const { code, tookMs } = await stopContainer(ha);
    printFigures({ 'stop of the balancer, ms': tookMs });
    assert.deepEqual(await statuses(slow), [200]);
    assert.equal(code, 0, 'exit code of the balancer');
  });
});

async function masterOf(id: string): Promise<number> {
  const masters = (await processesIn(id)).filter(({ command }) => MASTER.test(command));
  assert.equal(masters.length, 1, `masters of NGINX: ${JSON.stringify(masters)}`);
  return masters[0]?.pid ?? 0;
}

/** Waits until a request is being answered, besides the one that asks. */
async function inFlight({ project }: ComposeCluster): Promise<void> {
  await eventually(async () => {
    const page = await fetch(`http://127.0.0.1:${project.ports.stats}/`, { signal: AbortSignal.timeout(5_000) });
    const text = await page.text();
    assert.ok(Number(/Writing: (\d+)/.exec(text)?.[1]) > 1, text);
  });
}

async function statuses(answers: ReturnType<typeof slowRequests>): Promise<number[]> {
  return (await answers).map(({ status }) => status);
}
