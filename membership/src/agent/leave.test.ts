import { strict as assert } from 'node:assert';
import { eventually } from '../../../test/support/eventually.js';
import { MusterError } from '../errors.js';
import { endAfterAppExit, leaveCluster } from './leave.js';
import { BALANCER, drained, FOREVER, joined, SELF, type Setup, seen, setUp, withBalancer } from './run-agent.test.js';

describe('agent, when it ends', () => {
  let setup: Setup;
  const noSignal = new AbortController().signal;

  beforeEach(() => {
    setup = setUp();
  });
  afterEach(() => setup.running.stop());

  it('leaves without waiting when no balancer is known', async () => {
    await joined(setup);
    await leaveCluster(setup.running, noSignal);
    assert.equal(setup.status(), undefined);
    assert.equal(setup.agent.phase, 'left');
    assert.deepEqual(setup.messages(), ['joined', 'leaving announced', 'left']);
  });

  it('stays leaving, and in its lease, until every live balancer has drained this boot', async () => {
    await withBalancer(setup);
    await joined(setup);
    const { board } = setup.registry;
    const leaving = leaveCluster(setup.running, noSignal);
    await seen(setup, 'leaving');
    await board.acknowledge({ ...SELF, boot: 'old' }, drained('lb-1'), FOREVER);
    await board.acknowledge(SELF, drained('lb-other'), FOREVER);
    await board.acknowledge(SELF, { balancer: 'lb-1', state: 'draining', inFlight: 3 }, FOREVER);
    const lease = setup.registry.store.index;
    await eventually(() => assert.ok(setup.registry.store.index > lease + 2));
    assert.equal(setup.status(), 'leaving');
    await board.acknowledge(SELF, drained('lb-1'), FOREVER);
    await leaving;
    assert.equal(setup.status(), undefined);
    assert.equal(setup.registry.store.acknowledgements.size, 0);
    const left = setup.lines.at(-1);
    assert.deepEqual([left?.msg, left?.acknowledged, left?.missing], ['left', ['lb-1', 'lb-other'], []]);
    assert.ok(setup.lines.some((line) => line.msg === 'balancer acknowledged' && line.balancer === 'lb-1'));
  });

  const disappearances: readonly [string, (setup: Setup) => Promise<void>][] = [
    ['stops politely', ({ registry }) => registry.registrar.leave('muster-balancer', 'lb-1', FOREVER)],
    ['the registry calls failed', ({ registry }) => registry.registrar.fail(BALANCER, 'its lease ran out', FOREVER)],
    [
      'a wiped registry has forgotten',
      async ({ registry }) => {
        registry.faults.fail();
        registry.store.remove('muster-balancer', 'lb-1');
        registry.faults.recover();
      },
    ],
  ];
  for (const [what, disappear] of disappearances) {
    it(`waits for the acknowledgement of a balancer that ${what} in mid-drain`, async () => {
      await withBalancer(setup);
      await joined(setup);
      const leaving = leaveCluster(setup.running, noSignal);
      await seen(setup, 'leaving');
      await disappear(setup);
      await eventually(() => assert.notEqual(setup.running.balancers.value?.members.get('lb-1')?.status, 'alive'));
      const lease = setup.registry.store.index;
      await eventually(() => assert.ok(setup.registry.store.index > lease + 2));
      assert.equal(setup.status(), 'leaving');
      await setup.registry.board.acknowledge(SELF, drained('lb-1'), FOREVER);
      await leaving;
      assert.equal(setup.status(), undefined);
      assert.deepEqual(setup.lines.at(-1)?.missing, []);
    });
  }

  it('takes an acknowledgement for given when the registry loses it, and waits for a balancer that comes later', async () => {
    await withBalancer(setup);
    await setup.registry.registrar.join({ ...BALANCER, id: 'lb-2', port: 7381 }, FOREVER);
    await eventually(() => assert.equal(setup.running.balancers.value?.members.size, 2));
    await joined(setup);
    const { board, registrar } = setup.registry;
    const leaving = leaveCluster(setup.running, noSignal);
    await seen(setup, 'leaving');
    await board.acknowledge(SELF, drained('lb-1'), FOREVER);
    await eventually(() => assert.ok(setup.messages().includes('balancer acknowledged')));
    await board.clearAcknowledgements('webapp', 'web-1', FOREVER);
    await registrar.join({ ...BALANCER, id: 'lb-3', port: 7382 }, FOREVER);
    await eventually(() => assert.ok(setup.running.balancers.value?.members.has('lb-3')));
    await board.acknowledge(SELF, drained('lb-2'), FOREVER);
    const acknowledgements = () => setup.messages().filter((msg) => msg === 'balancer acknowledged').length;
    await eventually(() => assert.equal(acknowledgements(), 2));
    assert.equal(setup.status(), 'leaving');
    await board.acknowledge(SELF, drained('lb-3'), FOREVER);
    await leaving;
    assert.deepEqual(setup.lines.at(-1)?.acknowledged, ['lb-1', 'lb-2', 'lb-3']);
  });

  it('stops waiting when the app is gone', async () => {
    await withBalancer(setup);
    await joined(setup);
    const gone = new AbortController();
    const leaving = leaveCluster(setup.running, gone.signal);
    await seen(setup, 'leaving');
    gone.abort();
    await leaving;
    assert.deepEqual(setup.lines.at(-1)?.missing, ['lb-1']);
  });

  it('leaves when the time is up, and names who is missing', async () => {
    await setup.running.stop();
    setup = setUp(50);
    await withBalancer(setup);
    await joined(setup);
    await leaveCluster(setup.running, noSignal);
    assert.equal(setup.status(), undefined);
    assert.deepEqual(setup.lines.at(-1)?.missing, ['lb-1']);
  });

  it('asks once more when the registry did not hear that it has left', async () => {
    await joined(setup);
    const { registrar } = setup.registry;
    const leave = registrar.leave.bind(registrar);
    let refusals = 1;
    registrar.leave = async (...call) => {
      if (refusals-- > 0) throw new MusterError('timed-out', 'too busy', { retryable: true });
      return leave(...call);
    };
    await leaveCluster(setup.running, noSignal);
    assert.equal(setup.status(), undefined);
    assert.equal(setup.messages().at(-1), 'left');
  });

  it('ends with a warning when the registry is away during the leave', async () => {
    await setup.running.stop();
    setup = setUp(50);
    await joined(setup);
    setup.registry.faults.fail();
    await leaveCluster(setup.running, noSignal);
    assert.match(setup.messages().at(-1) ?? '', /^ended without having left/);
  });

  it('ends although the registry neither answers nor refuses', async () => {
    await setup.running.stop();
    setup = setUp(50);
    await joined(setup);
    const hang = () => new Promise<void>(() => {});
    Object.assign(setup.registry.registrar, { heartbeat: hang, leaving: hang, leave: hang });
    await leaveCluster(setup.running, noSignal);
    assert.match(setup.messages().at(-1) ?? '', /^ended without having left/);
  });

  it('has nothing to do in a leave before the join', async () => {
    await leaveCluster(setup.running, noSignal);
    assert.deepEqual(setup.messages(), ['left before it had joined']);
  });

  it('forgets the intent that asked for the leave, and no other', async () => {
    await joined(setup);
    await setup.registry.board.setIntent('webapp', 'web-1', 'leave', FOREVER);
    await setup.registry.board.setIntent('webapp', 'web-2', 'drain', FOREVER);
    await eventually(() => assert.equal(setup.running.intents.value?.size, 2));
    await leaveCluster(setup.running, noSignal);
    assert.deepEqual([...setup.registry.store.intents], [['webapp/web-2', 'drain']]);
  });

  it('tells the registry of an app that exited, and stays registered', async () => {
    await joined(setup);
    const code = await endAfterAppExit(setup.running, { code: 137, reason: 'app exited by SIGKILL' });
    assert.equal(code, 137);
    assert.equal(setup.status(), 'failed');
  });
});
