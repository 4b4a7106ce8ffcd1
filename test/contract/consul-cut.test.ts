import { strict as assert } from 'node:assert';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Agent,
  consulRegistrar,
  consulSource,
  createLogger,
  type MemberSet,
  monotonicMs,
  parseConsulAddress,
} from '@muster/membership';
import { requireBinary } from '../support/binaries.js';
import { type BlackHole, startBlackHole } from '../support/black-hole.js';
import { printFigures } from '../support/cluster-matrix.js';
import { TestConsul } from '../support/consul.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { type Follower, follow } from './follow.js';
import { CONTRACT_POLICY, newService, registration } from './harness.js';

/** About what the watch takes to notice a cut, and no busy machine costs the member its lease. */
const TTL_MS = 8_000;
const HEARTBEAT_MS = 500;
const CALL_DEADLINE_MS = 1_000;

/** In the short form: until both sides have noticed. */
const CUT_MS = FULL ? 60_000 : 0;

/** A silent connection is noticed when the query on it is overdue: after ten seconds at most. */
const NOTICED_WITHIN_MS = 30_000;

/** What the issue calls "in sync soon"; judged on a quiet machine only. */
const HEALED_WITHIN_MS = 5_000;

const log = createLogger('test', 'silent');

describe('a Consul behind a network that is cut', function () {
  this.timeout(CUT_MS + 120_000);
  let consul: TestConsul;
  let network: BlackHole;
  let service: string;
  let reports: string[];
  let direct: Follower<MemberSet>;
  const stop = new AbortController();
  let agentRun: Promise<void>;

  before(async function () {
    consul = await TestConsul.start(requireBinary(this, 'consul'));
    network = await startBlackHole(consul.address);
    service = newService();
    reports = [];
    direct = follow((signal) => sourceAt(consul.address).watch(service, signal));
    const registrar = consulRegistrar({
      address: parseConsulAddress(network.address),
      ttlMs: TTL_MS,
      reapAfterMs: 60_000,
    });
    const self = registration(service, 'a');
    const agent = new Agent({ self, registrar, heartbeatMs: HEARTBEAT_MS, callDeadlineMs: CALL_DEADLINE_MS, log });
    agent.report('app-healthy');
    agentRun = agent.run(stop.signal);
  });

  after(async () => {
    stop.abort();
    await network?.close();
    await agentRun;
    await direct?.stop();
    await consul?.close();
  });

  const becomes = (status: string) => direct.until((set) => assert.equal(set.members.get('a')?.status, status));

  it('is in sync again soon after the network is healed: one fault, one recovery, nobody missing', async () => {
    const cutOff = follow((signal) => observed(network.address).watch(service, signal));
    try {
      await becomes('alive');
      await cutOff.until((set) => assert.equal(set.members.get('a')?.status, 'alive'));
      // What a busy machine made of the first queries does not count.
      const mark = direct.all.length;
      const cutOffMark = cutOff.all.length;
      reports.length = 0;

      network.cut();
      const cutMs = monotonicMs();
      await becomes('failed');
      await eventually(() => assert.deepEqual(reports, ['fault consul-unreachable']), NOTICED_WITHIN_MS);
      const noticedMs = monotonicMs() - cutMs;
      await delay(Math.max(0, CUT_MS - noticedMs));

      network.heal();
      const healedMs = monotonicMs();
      const agentMs = becomes('alive').then(() => monotonicMs() - healedMs);
      const resynced = await cutOff.until((set) => assert.ok(set.afterFault));
      const watchMs = monotonicMs() - healedMs;
      assert.ok(resynced.members.has('a'));
      await cutOff.until((set) => assert.equal(set.members.get('a')?.status, 'alive'));

      const figures = { 'noticed after': noticedMs, 'watch in sync after': watchMs, 'agent back after': await agentMs };
      printFigures(figures);
      if (FULL) assert.ok(Math.max(watchMs, await agentMs) <= HEALED_WITHIN_MS, 'in sync too late');
      assert.deepEqual(reports, ['fault consul-unreachable', 'recovered']);
      assert.equal(
        cutOff.all.slice(cutOffMark).filter((set) => set.afterFault).length,
        1,
        'sets that doubt what is missing',
      );
      const changes = direct.all.slice(mark).map((set) => set.members.get('a')?.status);
      assert.deepEqual(changes, ['failed', 'alive'], 'the member as Consul saw it');
    } finally {
      await cutOff.stop();
    }
  });

  function sourceAt(address: string) {
    return consulSource({ address: parseConsulAddress(address), policy: CONTRACT_POLICY });
  }

  function observed(address: string) {
    return consulSource({
      address: parseConsulAddress(address),
      policy: CONTRACT_POLICY,
      observer: {
        onFault: (_service, error) => reports.push(`fault ${'code' in error ? error.code : error.message}`),
        onRecovered: () => reports.push('recovered'),
      },
    });
  }
});
