import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../support/cluster.js';
import { assertLossless, type Combination, describeClusters, printFigures } from '../support/cluster-matrix.js';
import type { TestConsul } from '../support/consul.js';
import { PATIENCE_MS } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { startLoad } from '../support/load.js';
import { watchMembers } from '../support/member-watch.js';

const IDS = ['w1', 'w2', 'w3', 'w4', 'w5'];
const STOPPED_MS = FULL ? 60_000 : 5_000;
const PAUSED_MS = 6_000;
const IN_SYNC_WITHIN_MS = FULL ? 5_000 : PATIENCE_MS;

describeClusters(
  'a Consul that fails',
  { members: 5, app: 'echo', on: 'both', timeoutMs: 150_000 },
  (cluster, combination) => {
    it(`stopped for ${STOPPED_MS / 1000} s: no request fails and no healthy member is removed`, async () => {
      await survive(cluster(), combination, async (consul) => {
        await consul.stop();
        await delay(STOPPED_MS);
        await consul.restart();
      });
    });

    // In the long form only, as the next: a stop asks the like in less time.
    if (FULL)
      it(`paused for ${PAUSED_MS / 1000} s, longer than every lease: the same`, async () => {
        await survive(cluster(), combination, async (consul) => {
          consul.pause();
          await delay(PAUSED_MS);
          consul.resume();
        });
      });

    if (FULL)
      it('killed and restarted with its data: the same', async () => {
        await survive(cluster(), combination, async (consul) => {
          await consul.kill();
          await consul.restart();
        });
      });

    it('restarted with its data wiped: the same, and every agent joins again', async () => {
      await survive(cluster(), combination, async (consul) => {
        await consul.kill();
        await consul.restart({ wipe: true });
      });
    });
  },
);

/** The fault under load; afterwards in sync in time, and the watch is alive: a member can still come and go. */
async function survive(
  cluster: Cluster,
  combination: Combination,
  fault: (consul: TestConsul) => Promise<void>,
): Promise<void> {
  const { consul } = cluster.options.registry;
  assert.ok(consul, 'this suite needs Consul');
  const load = await startLoad({ url: cluster.url });
  const watch = watchMembers(cluster, IDS);
  await fault(consul);
  const healedMs = performance.now();
  await cluster.expectConverged(IDS, IN_SYNC_WITHIN_MS);
  const inSyncMs = performance.now() - healedMs;
  // Checks that went critical during the fault may only now be told: a second look after the dust has settled.
  await load.more(2_000);
  await cluster.startMember('w6');
  await cluster.expectConverged([...IDS, 'w6'], IN_SYNC_WITHIN_MS);
  await cluster.stopGracefully('w6');
  await cluster.expectConverged(IDS, IN_SYNC_WITHIN_MS);
  const removed = await watch.stop();
  const report = await load.stop();
  printFigures({ load: report.summary(), 'in sync after ms': inSyncMs });
  assertLossless(report, combination);
  assert.deepEqual(removed, [], 'healthy members that were out of rotation');
}
