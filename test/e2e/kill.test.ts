import { strict as assert } from 'node:assert';
import type { Cluster } from '../support/cluster.js';
import { type Arrival, arrivals } from '../support/cluster-log.js';
import { assertLossless, describeClusters, printFigures } from '../support/cluster-matrix.js';
import { accessLog } from '../support/cluster-member.js';
import { FULL } from '../support/full.js';
import { type Load, sharedNowMs, startLoad } from '../support/load.js';

const IDS = ['w1', 'w2', 'w3', 'w4', 'w5'];

describeClusters(
  'killing one of five',
  { members: 5, app: 'echo', on: 'balancers', timeoutMs: 240_000 },
  (cluster, combination) => {
    const rounds = FULL ? 20 : combination.isMain ? 3 : 2;

    it(`loses no GET in ${rounds} times kill -9, and sends a POST to a server at most once`, async () => {
      const load = await startLoad({ url: cluster().url });
      // Slow ones, so that each kill meets some that have reached the server and are not answered yet.
      const posts = await startLoad({ url: cluster().url, clients: 10, postEvery: 1, postPath: 'post?ms=200' });
      const outMs: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        outMs.push(await killOne(cluster(), load, `w${(round % 5) + 1}`));
      }
      const post = await posts.stop();
      const gets = await load.stop();
      printFigures({
        GET: gets.summary(),
        POST: post.summary(),
        'out of rotation, worst ms': Math.max(...outMs),
      });
      assertLossless(gets, combination);
      // Two kills alone may by chance meet none.
      const shown = rounds < 5 || post.failed.length > 0;
      assert.ok(shown, 'no POST was in flight at any kill, so nothing was shown');
      const repeated = repeatedPosts(arrivals(accessLog(cluster().runDir)));
      assert.deepEqual(repeated, [], 'POSTs that reached servers more than once');
      if (FULL) assert.ok(gets.slowestMs <= 400, `slowest GET ${gets.slowestMs} ms`);
      // On NGINX two failed checks of the watcher and a reload; until then it passes over the dead one by itself.
      const outWithinMs = combination.balancer === 'nginx' ? 1_000 : 250;
      if (FULL) assert.ok(Math.max(...outMs) <= outWithinMs, `out of rotation after ${outMs.join(', ')} ms`);
      await cluster().expectConverged(IDS);
    });

    it('cuts a frozen member out, fails at most the requests that it held, and takes it back when it runs again', async () => {
      const load = await startLoad({ url: cluster().url });
      await load.more(100);
      const frozenMs = sharedNowMs();
      cluster().member('w2').process.signalAll('SIGSTOP');
      await cluster().expectServing(IDS.filter((id) => id !== 'w2'));
      const outMs = sharedNowMs();
      await load.more(300);
      cluster().member('w2').process.signalAll('SIGCONT');
      await cluster().expectServing(IDS);
      await cluster().expectConverged(IDS);
      const all = await load.stop();
      const report = combination.isLossless ? all : all.withoutIdleResets();
      const { failed } = report;
      printFigures({ load: report.summary(), 'out of rotation ms': outMs - frozenMs, failed: failed.length });
      assert.ok(failed.length <= 16, `more requests failed than clients could have in flight:\n${report.summary()}`);
      const late = failed.filter((one) => one.startMs > outMs);
      assert.deepEqual(late, [], 'requests that began after the member was out of rotation and failed all the same');
      const clients = new Set(failed.map((one) => one.client));
      assert.equal(clients.size, failed.length, 'a client lost more than the one request that it had in flight');
      if (FULL) assert.ok(report.slowestMs <= 2_000, `slowest ${report.slowestMs} ms`);
    });

    it('tells of a member that stays dead: down first, failed when its lease has run out', async () => {
      const mark = await cluster().lastSeq();
      const { process: agent } = cluster().member('w5');
      // The agent first, so that it tells nobody of its app; what it had started is still found afterwards.
      assert.ok(agent.children().length > 0);
      agent.signal('SIGKILL');
      await agent.exited;
      await cluster().killMember('w5');
      const down = await cluster().event('server-down', 'w5', mark);
      const failed = await cluster().event('member-failed', 'w5', mark);
      assert.ok(down.seq < failed.seq, 'the balancer notices before the registry does');
      await cluster().expectServing(IDS.filter((id) => id !== 'w5'));
    });
  },
);

/** Kills one member under load, waits until it gets nothing new, then brings it back; how long the first part took. */
async function killOne(cluster: Cluster, load: Load, id: string): Promise<number> {
  await load.more(100);
  const startMs = sharedNowMs();
  const killed = cluster.killMember(id);
  await cluster.expectServing(IDS.filter((other) => other !== id));
  const tookMs = sharedNowMs() - startMs;
  await killed;
  await load.more(100);
  await cluster.startMember(id);
  await cluster.expectServing(IDS);
  return tookMs;
}

function repeatedPosts(all: readonly Arrival[]): string[] {
  const counts = new Map<string, number>();
  for (const { method, request } of all) {
    if (method === 'POST' && request !== undefined) counts.set(request, (counts.get(request) ?? 0) + 1);
  }
  assert.ok(counts.size > 0, 'no POST reached a server, so nothing was shown');
  return [...counts].filter(([, count]) => count > 1).map(([request, count]) => `${request} ${count} times`);
}
