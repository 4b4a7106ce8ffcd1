import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedEvent } from '../../ha/src/events/event.js';
import { FULL, printFigures } from '../support/cluster-matrix.js';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { addressesOf, inspect } from '../support/docker/container.js';
import { cut } from '../support/docker/cut.js';
import { eventually } from '../support/eventually.js';
import { watchMembers } from '../support/member-watch.js';

const CUT_MS = FULL ? 60_000 : 6_000;
const IN_SYNC_WITHIN_MS = 20_000;
/** What the registry says of a member. */
const OF_MEMBERS = /^member-(join|leaving|leave|failed|reap)$/;

describeCompose('a network cut', { webapps: 4, timeoutMs: 240_000 }, (cluster) => {
  it(`of ${CUT_MS / 1000} s between the balancer and Consul: no request fails, no member moves, one resync`, async () => {
    const events = await survive(cluster(), await cluster().container('ha'));
    assert.deepEqual(membersTold(events), [], 'what was told of members');
    const faults = events.filter(({ type }) => type === 'registry-fault');
    const recoveries = events.filter(({ type }) => type === 'registry-recovered');
    // A short cut may end before anybody has noticed it.
    assert.ok(faults.length <= 1 && recoveries.length === faults.length, `resyncs: ${describeAll(events)}`);
    if (FULL) assert.equal(recoveries.length, 1, `resyncs: ${describeAll(events)}`);
  });

  it(`of ${CUT_MS / 1000} s between one webapp and Consul: no request fails, and only its lease is lost`, async () => {
    const [id = ''] = await cluster().webapps();
    const events = await survive(cluster(), id);
    const others = events.filter(({ member }) => member !== id);
    assert.deepEqual(membersTold(others), [], 'what was told of other members');
    const mine = membersTold(events.filter(({ member }) => member === id));
    assert.deepEqual(mine, [`member-failed ${id}`, `member-join ${id}`], 'what was told of it');
    const held = events.filter(({ type, member }) => type === 'member-held' && member === id);
    assert.equal(held.length, 1, 'it is held against the registry, and that is told once');
  });
});

/** The cut under load; afterwards in sync, and a member can still come. What was told meanwhile. */
async function survive(cluster: ComposeCluster, id: string): Promise<RecordedEvent[]> {
  const ids = await cluster.webapps();
  const consul = addressesOf(await inspect(await cluster.container('consul')));
  const load = await cluster.load();
  await load.more(200);
  const mark = await cluster.lastSeq();
  const watch = watchMembers(cluster, ids);
  const { heal } = await cut(id, consul);
  await delay(CUT_MS);
  await heal();
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

function membersTold(events: readonly RecordedEvent[]): string[] {
  return events.filter(({ type }) => OF_MEMBERS.test(type)).map(({ type, member }) => `${type} ${member}`);
}

function describeAll(events: readonly RecordedEvent[]): string {
  return events.map(({ type, member, message }) => `${type} ${member}: ${message}`).join('\n');
}
