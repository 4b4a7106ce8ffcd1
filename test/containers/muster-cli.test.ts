import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { runTool } from '../support/docker/docker.js';
import { ENV_FILES, ROOT } from '../support/docker/project.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';

/** What `npx muster` runs. */
const BIN = join(ROOT, 'cli/bin/muster.mjs');

// In the long form only: the same commands are tried on a cluster of processes each time.
if (FULL)
  describeCompose('muster on this host against the containers', { webapps: 3 }, (cluster) => {
    it('lists the members, as `npx muster`', async () => {
      const table = await run(cluster(), 'npx', ['--no-install', 'muster', 'members']);
      for (const id of await cluster().webapps()) assert.match(table, new RegExp(`${id} .*alive.*ready.*up`), table);
    });

    it('tells status and plan', async () => {
      const status = await muster(cluster(), 'status');
      assert.match(status, /^balancer {2}haproxy \d+\.\d+.*, 1 worker\(s\), 0 reload\(s\)$/m);
      assert.match(status, /^registry {2}consul.*, reachable$/m);
      assert.match(status, /^in sync {3}yes$/m);
      assert.match(await muster(cluster(), 'plan'), /reload: none/);
    });

    it('drains a member and makes it ready again, with the token that it finds by itself', async () => {
      const ids = await cluster().webapps();
      const [id = ''] = ids;
      await muster(cluster(), 'drain', id);
      await cluster().expectServing(ids.filter((one) => one !== id));
      assert.match(await muster(cluster(), 'members'), new RegExp(`${id} .*drain asked`));
      await muster(cluster(), 'ready', id);
      await cluster().expectConverged(ids);
    });

    it('refuses a change without the token', async () => {
      const [id = ''] = await cluster().webapps();
      await assert.rejects(
        run(cluster(), process.execPath, [BIN, 'drain', id], { MUSTER_TOKEN: 'wrong' }),
        /ended with 1:.*token/s,
      );
    });

    it('makes a member leave for good, and its container goes on without being a member', async () => {
      const ids = await cluster().webapps();
      const [id = '', ...others] = ids;
      await muster(cluster(), 'leave', id);
      await cluster().expectConverged(others);
      assert.deepEqual(await cluster().webapps(), ids, 'containers that run');
    });

    it('tells the events', async () => {
      const events = await muster(cluster(), 'events', '--last', '100');
      for (const type of ['member-join', 'intent', 'server-draining', 'server-ready', 'member-leave'])
        assert.match(events, new RegExp(`\\b${type}\\b`), events);
      await eventually(async () => {
        const last = await muster(cluster(), 'events', '--json', '--last', '1');
        assert.equal(typeof (JSON.parse(last) as { seq: unknown }).seq, 'number', last);
      });
    });
  });

/** As in the folder of a clone: it finds the token by itself, out of the container of the project that is named. */
function muster(cluster: ComposeCluster, ...args: readonly string[]): Promise<string> {
  const compose = { COMPOSE_PROJECT_NAME: cluster.project.name, COMPOSE_ENV_FILES: ENV_FILES.join(',') };
  return run(cluster, process.execPath, [BIN, ...args], compose);
}

function run(
  { project }: ComposeCluster,
  tool: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { PATH = '', HOME = '', TEST_RUN = '' } = process.env;
  const env = { PATH, HOME, TEST_RUN, MUSTER_API: `127.0.0.1:${project.ports.api}`, ...more };
  return runTool(tool, args, { env, cwd: ROOT });
}
