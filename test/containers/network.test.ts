import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import type { RecordedEvent } from '../../ha/src/events/event.js';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import { addressesOf, inspect } from '../support/docker/container.js';
import { cut } from '../support/docker/cut.js';
import { survive } from '../support/docker/survive.js';
import { FULL } from '../support/full.js';

const CUT_MS = FULL ? 60_000 : 5_000;
/** What the registry says of a member. */
const OF_MEMBERS = /^member-(join|leaving|leave|failed|reap)$/;

// In the long form only: test/contract/consul-cut.test.ts and test/chaos ask the like of processes each time.
if (FULL)
  describeCompose('a network cut', { webapps: 4, timeoutMs: 240_000 }, (cluster) => {
    it(`of ${CUT_MS / 1000} s between the balancer and Consul: no request fails, no member moves, one resync`, async () => {
      const events = await surviveCut(cluster(), await cluster().container('ha'));
      assert.deepEqual(membersTold(events), [], 'what was told of members');
      const faults = events.filter(({ type }) => type === 'registry-fault');
      const recoveries = events.filter(({ type }) => type === 'registry-recovered');
      // A short cut may end before anybody has noticed it.
      assert.ok(faults.length <= 1 && recoveries.length === faults.length, `resyncs: ${describeAll(events)}`);
      if (FULL) assert.equal(recoveries.length, 1, `resyncs: ${describeAll(events)}`);
    });

    it(`of ${CUT_MS / 1000} s between one webapp and Consul: no request fails, and only its lease is lost`, async () => {
      const [id = ''] = await cluster().webapps();
      const events = await surviveCut(cluster(), id);
      const others = events.filter(({ member }) => member !== id);
      assert.deepEqual(membersTold(others), [], 'what was told of other members');
      const mine = membersTold(events.filter(({ member }) => member === id));
      assert.deepEqual(mine, [`member-failed ${id}`, `member-join ${id}`], 'what was told of it');
      const held = events.filter(({ type, member }) => type === 'member-held' && member === id);
      assert.equal(held.length, 1, 'it is held against the registry, and that is told once');
    });
  });

/** The cut, for its time, under load; what was told meanwhile. */
async function surviveCut(cluster: ComposeCluster, id: string): Promise<RecordedEvent[]> {
  const consul = addressesOf(await inspect(await cluster.container('consul')));
  return survive(cluster, async () => {
    const { heal } = await cut(id, consul);
    await delay(CUT_MS);
    await heal();
  });
}

function membersTold(events: readonly RecordedEvent[]): string[] {
  return events.filter(({ type }) => OF_MEMBERS.test(type)).map(({ type, member }) => `${type} ${member}`);
}

function describeAll(events: readonly RecordedEvent[]): string {
  return events.map(({ type, member, message }) => `${type} ${member}: ${message}`).join('\n');
}
