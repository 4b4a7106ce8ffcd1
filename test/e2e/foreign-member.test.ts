import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../support/cluster.js';
import { assertLossless, describeClusters } from '../support/cluster-matrix.js';
import { eventually } from '../support/eventually.js';
import { startLoad } from '../support/load.js';
import { freePort } from '../support/ports.js';
import { RunningProcess } from '../support/processes.js';

const APP = fileURLToPath(new URL('../support/apps/echo-app.mjs', import.meta.url));

describeClusters(
  'a member that another tool registered in Consul',
  { members: 2, app: 'echo', on: 'consul' },
  (cluster, combination) => {
    let app: RunningProcess | null = null;
    after(async () => app?.kill());

    it('is served, and leaves without loss when it is deregistered', async () => {
      const { consul } = cluster().options.registry;
      assert.ok(consul);
      const port = await freePort();
      app = startApp(cluster(), port);
      await eventually(() => fetch(`http://127.0.0.1:${port}/readyz`));
      const load = await startLoad({ url: cluster().url });
      await consul.api('PUT', 'agent/service/register', {
        ID: 'legacy-1',
        Name: 'webapp',
        Address: '127.0.0.1',
        Port: port,
        Check: { HTTP: `http://127.0.0.1:${port}/readyz`, Interval: '1s', Status: 'passing' },
      });
      await cluster().expectConverged(['legacy-1', 'w1', 'w2']);
      await eventually(() => assert.ok(load.report().to('legacy-1').requests > 0, 'legacy-1 gets no requests'));

      await consul.api('PUT', 'agent/service/deregister/legacy-1');
      await cluster().expectConverged(['w1', 'w2']);
      await load.more(200);
      assertLossless(await load.stop(), combination);
    });
  },
);

function startApp(cluster: Cluster, port: number): RunningProcess {
  return new RunningProcess({
    name: 'legacy-1',
    command: process.execPath,
    args: [APP],
    env: { PORT: String(port), MEMBER_ID: 'legacy-1' },
    logFile: join(cluster.runDir, 'logs', 'legacy-1.log'),
  });
}
