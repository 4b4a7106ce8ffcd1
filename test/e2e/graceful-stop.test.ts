import { strict as assert } from 'node:assert';
import { arrivals, eventTimeMs } from '../support/cluster-log.js';
import { assertLossless, type ClusterSuite, describeClusters, printFigures } from '../support/cluster-matrix.js';
import { accessLog } from '../support/cluster-member.js';
import { FULL } from '../support/full.js';
import { type LoadReport, startLoad } from '../support/load.js';
import { slowRequests } from '../support/slow-requests.js';

const IDS = ['w1', 'w2', 'w3'];

describeClusters('a graceful stop', { members: 3, on: 'balancers' }, (cluster, combination) => {
  it('answers the request in flight, takes no new one after the acknowledgement, and exits with 0', async () => {
    const mark = await cluster().lastSeq();
    const slow = slowRequests(cluster().url, IDS.length, 3_000);
    const load = await startLoad({ url: cluster().url });
    const exit = await cluster().stopGracefully('w2');
    const answers = await slow;
    await load.more(200);
    const report = await load.stop();
    const drained = await cluster().event('server-drained', 'w2', mark);
    printFigures({ load: report.summary() });
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
      JSON.stringify(answers),
    );
    const held = answers.find(({ backend }) => backend === 'w2');
    assert.ok(held, `no slow request was in flight on w2: ${JSON.stringify(answers)}`);
    assertLossless(report, combination);
    report.assertNothingTo('w2', eventTimeMs(drained));
    assert.deepEqual([exit.code, exit.signal], [0, null], 'exit of the agent');
    await cluster().expectConverged(['w1', 'w3']);
  });

  it('tells it in order', async () => {
    const types = (await cluster().api.events()).filter((one) => one.member === 'w2').map((one) => one.type);
    const order = ['member-join', 'member-leaving', 'server-draining', 'server-drained', 'member-leave'] as const;
    const positions = order.map((type) => types.indexOf(type));
    assert.ok(
      positions.every((at) => at >= 0),
      `${order.join(', ')} in ${types.join(', ')}`,
    );
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
      `order: ${types.join(', ')}`,
    );
  });

  it('is acknowledged at once when the member is idle', async () => {
    await cluster().scale(3);
    const mark = await cluster().lastSeq();
    const exit = await cluster().stopGracefully('w3');
    const leaving = await cluster().event('member-leaving', 'w3', mark);
    const drained = await cluster().event('server-drained', 'w3', mark);
    const tookMs = Date.parse(drained.at) - Date.parse(leaving.at);
    printFigures({ 'idle acknowledgement ms': tookMs });
    assert.equal(exit.code, 0);
    // NGINX drains by a reload, and its old workers end 100 ms after it at the soonest.
    const limitMs = combination.balancer === 'nginx' ? 600 : 100;
    if (FULL) assert.ok(tookMs <= limitMs, `the acknowledgement of an idle member took ${tookMs} ms`);
    await cluster().expectConverged(['w1', 'w2']);
  });
});

const sticky: ClusterSuite = {
  ...{ members: 3, app: 'echo', on: 'versions' },
  env: { STICKY_COOKIE: 'MUSTER_NODE' },
  where: ({ hasCookies }) => hasCookies,
};

describeClusters('a graceful stop with sticky clients', sticky, (cluster, combination) => {
  it('lets nothing reach the member after the acknowledgement, as the app itself saw it', async () => {
    const mark = await cluster().lastSeq();
    const load = await startLoad({ url: cluster().url });
    const exit = await cluster().stopGracefully('w1');
    await load.more(200);
    const report = await load.stop();
    const drained = await cluster().event('server-drained', 'w1', mark);
    assertLossless(report, combination);
    assert.equal(exit.code, 0);
    // One millisecond is the resolution of both clocks.
    const late = arrivals(accessLog(cluster().runDir)).filter(
      (one) => one.member === 'w1' && one.at > Date.parse(drained.at) + 1,
    );
    assert.deepEqual(late, [], 'requests that reached w1 after its acknowledgement');
    await cluster().expectConverged(['w2', 'w3']);
  });

  it('fails no request of a client that holds the cookie of the member', async () => {
    await cluster().scale(3);
    const load = await startLoad({ url: cluster().url, cookies: true });
    await load.more(500);
    assertSticks(load.report());
    assert.ok(load.report().to('w2').requests > 0, 'no client stuck to w2');
    const exit = await cluster().stopGracefully('w2');
    await load.more(300);
    const report = await load.stop();
    printFigures({ load: report.summary() });
    assertLossless(report, combination);
    assert.equal(exit.code, 0);
    await cluster().expectConverged(['w1', 'w3']);
  });
});

/** After its first answer each client comes to one member only. */
function assertSticks(report: LoadReport): void {
  const seen = new Map<number, Set<string | null>>();
  for (const { client, backend } of report.records) seen.set(client, (seen.get(client) ?? new Set()).add(backend));
  for (const [client, backends] of seen)
    assert.equal(backends.size, 1, `client ${client} met ${[...backends].join(', ')}`);
}
