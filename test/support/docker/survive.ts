import { strict as assert } from 'node:assert';
import type { RecordedEvent } from '../../../ha/src/events/event.js';
import { printFigures } from '../cluster-matrix.js';
import { eventually } from '../eventually.js';
import { watchMembers } from '../member-watch.js';
import type { ComposeCluster } from './compose-cluster.js';

const IN_SYNC_WITHIN_MS = 30_000;

/**
 * A fault of the registry under load, which is over when `fault` resolves: no request fails and no healthy member leaves
 * the rotation; afterwards all is in sync, and a member can still come and go. Gives what was told until it was in sync.
 */
export async function survive(cluster: ComposeCluster, fault: () => Promise<void>): Promise<RecordedEvent[]> {
  const ids = await cluster.webapps();
  const load = await cluster.load();
  await load.more(200);
  const mark = await cluster.lastSeq();
  const watch = watchMembers(cluster, ids);
  await fault();
  const healedMs = performance.now();
  await eventually(async () => assert.ok((await cluster.api.status()).registry.reachable), IN_SYNC_WITHIN_MS);
  await cluster.expectConverged(ids, IN_SYNC_WITHIN_MS);
  const inSyncMs = performance.now() - healedMs;
  await load.more(500);
  const events = (await cluster.api.events()).filter(({ seq }) => seq > mark);
  await cluster.scale(ids.length + 1);
  await cluster.scale(ids.length);
  const missing = await watch.stop();
  const report = await load.stop();
  printFigures({ load: report.summary(), 'in sync after ms': inSyncMs });
  report.assertNoneFailed();
  assert.deepEqual(missing, [], 'healthy members that were out of rotation');
  return events;
}
