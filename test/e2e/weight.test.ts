import { strict as assert } from 'node:assert';
import type { Cluster } from '../support/cluster.js';
import { logLines } from '../support/cluster-log.js';
import { assertLossless, describeClusters, printFigures } from '../support/cluster-matrix.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { type Load, sharedNowMs, startLoad } from '../support/load.js';

const IDS = ['w1', 'w2', 'w3'] as const;

/** Share of each member in the next `count` requests, 0–1. */
async function sharesOf(load: Load, count: number): Promise<Record<string, number>> {
  const mark = sharedNowMs();
  await load.more(count);
  const report = load.report().since(mark);
  return Object.fromEntries(IDS.map((id) => [id, report.to(id).requests / report.requests]));
}

async function runningWeights(cluster: Cluster): Promise<number[]> {
  const members = await cluster.api.members();
  return IDS.map((id) => members.find((one) => one.id === id)?.server?.weight ?? -1);
}

describeClusters(
  'the weight that an operator sets',
  { members: 3, app: 'echo', on: 'consul' },
  (cluster, combination) => {
    it('shares the requests 1:2:4 without a failure, on HAProxy without a reload, over a restart of the watcher, until it is reset', async () => {
      const load = await startLoad({ url: cluster().url, thinkMs: 6 });
      const [reloads, mark] = [await cluster().reloads(), await cluster().lastSeq()];
      for (const [at, id] of IDS.entries()) await cluster().api.setWeight(id, 2 ** at);
      await eventually(async () => assert.deepEqual(await runningWeights(cluster()), [1, 2, 4]));
      const shares = await sharesOf(load, 3_200);
      printFigures(Object.fromEntries(IDS.map((id) => [`${id} %`, ((shares[id] ?? 0) * 100).toFixed(1)])));
      for (const [at, id] of IDS.entries()) {
        const share = shares[id] ?? 0;
        assert.ok(Math.abs(share - 2 ** at / 7) <= 0.02, `${id} got ${share}: ${JSON.stringify(shares)}`);
      }
      // w1 already had the weight that was set.
      for (const id of IDS)
        assert.equal((await cluster().event('weight', id, mark)).detail.weight, 2 ** IDS.indexOf(id));

      await cluster().killWatcher();
      await load.more(200);
      await eventually(async () => assert.deepEqual(await runningWeights(cluster()), [1, 2, 4]));
      for (const id of IDS) await cluster().api.setWeight(id, null);
      await eventually(async () => assert.deepEqual(await runningWeights(cluster()), [1, 1, 1]));
      if (combination.balancer === 'haproxy') assert.equal(await cluster().reloads(), reloads);
      assertLossless(await load.stop(), combination);
    });

    it('refuses a weight that is none, and one for nobody', async () => {
      await assert.rejects(cluster().api.setWeight('w1', 257), /400.*whole number from 0 to 256/);
      await assert.rejects(cluster().api.setWeight('w9', 1), /404.*no member w9 in service webapp; known: w1, w2, w3/);
    });
  },
);

const ADAPTIVE = { ADAPTIVE_WEIGHT: 'on', PROBE_INTERVAL_MS: '100' };

/** How long a member that copes again may take to get its share back. */
const BACK_WITHIN_MS = FULL ? 15_000 : PATIENCE_MS;

describeClusters('adaptive weight', { members: 3, on: 'consul', memberEnv: ADAPTIVE }, (cluster, combination) => {
  it('gives a slowed member less, settles, and gives it its share back, without a storm of changes', async () => {
    const load = await startLoad({ url: cluster().url });
    const [reloads, startedMs] = [await cluster().reloads(), sharedNowMs()];
    await slowDown(cluster(), 'w1', 400);
    await eventually(async () => assert.ok((await capacityOf(cluster(), 'w1')) <= 25));
    const lowMs = sharedNowMs() - startedMs;
    // The others are slow too where the machine has other work.
    const low = await eventually(async () => {
      const told = changesTold(cluster(), 'w1');
      const shares = await sharesOf(load, 900);
      assert.ok((shares.w1 ?? 1) < 1 / 6, `the slow member got ${JSON.stringify(shares)}`);
      assert.ok(changesTold(cluster(), 'w1') <= told + 1, 'its capacity goes on changing while nothing else does');
      return shares;
    });

    await slowDown(cluster(), 'w1', 0);
    const liftedMs = sharedNowMs();
    await eventually(async () => assert.equal(await capacityOf(cluster(), 'w1'), 100), BACK_WITHIN_MS);
    const backMs = sharedNowMs() - liftedMs;
    const high = await eventually(async () => {
      const shares = await sharesOf(load, 900);
      assert.ok((shares.w1 ?? 0) > 0.8 / 3, `the member that copes again got ${JSON.stringify(shares)}`);
      return shares;
    });

    const seconds = (sharedNowMs() - startedMs) / 1000;
    const changes = changesTold(cluster(), 'w1');
    assert.ok(changes <= seconds / 2 + 1, `${changes} changes in ${seconds} s`);
    if (combination.balancer === 'haproxy') assert.equal(await cluster().reloads(), reloads);
    assertLossless(await load.stop(), combination);
    const percent = (share = 0) => `${(share * 100).toFixed(1)} %`;
    printFigures({ 'low ms': lowMs, slow: percent(low.w1), 'back ms': backMs, back: percent(high.w1), changes });
  });
});

async function slowDown(cluster: Cluster, id: string, delay: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${cluster.member(id).port}/delay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ delay }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function capacityOf(cluster: Cluster, id: string): Promise<number> {
  return (await cluster.api.members()).find((one) => one.id === id)?.capacity ?? assert.fail(`no member ${id}`);
}

/** Each is one write to the registry. */
function changesTold(cluster: Cluster, id: string): number {
  return logLines(cluster.logFile(id), 0).filter((line) => line.msg === 'capacity told').length;
}
