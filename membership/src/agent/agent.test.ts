import { strict as assert } from 'node:assert';
import { eventually } from '../../../test/support/eventually.js';
import { leaveCluster } from './leave.js';
import { drained, FOREVER, joined, SELF, type Setup, seen, setUp, withBalancer } from './run-agent.test.js';

describe('agent', () => {
  let setup: Setup;
  const noSignal = new AbortController().signal;

  beforeEach(() => {
    setup = setUp();
  });
  afterEach(() => setup.running.stop());

  it('joins, fails and comes back with the app', async () => {
    assert.equal(setup.status(), undefined);
    await joined(setup);
    setup.agent.report('app-unhealthy', '/readyz answered 503');
    await seen(setup, 'failed');
    setup.agent.report('app-healthy');
    await seen(setup, 'alive');
    assert.deepEqual(setup.messages(), ['joined', 'failed', 'joined again']);
  });

  it('tells what the member can take at once, once, and after the join when it was known before', async () => {
    const capacity = () => setup.registry.store.members.get('webapp/web-1')?.fields.capacity;
    setup.agent.setCapacity(100);
    setup.agent.setCapacity(60);
    await joined(setup);
    assert.equal(capacity(), 60);
    setup.agent.setCapacity(30);
    await eventually(() => assert.equal(capacity(), 30));
    const index = setup.registry.store.index;
    await eventually(() => assert.ok(setup.registry.store.index > index + 3));
    setup.agent.setCapacity(100);
    await eventually(() => assert.equal(capacity(), 100));
    const told = setup.lines.filter((line) => line.msg === 'capacity told').map((line) => line.capacity);
    assert.deepEqual(told, [30, 100]);
  });

  it('does not come back to life because it can take more or less while it fails or leaves', async () => {
    await withBalancer(setup);
    await joined(setup);
    setup.agent.report('app-unhealthy', '/readyz answered 503');
    await seen(setup, 'failed');
    setup.agent.setCapacity(20);
    setup.agent.report('app-healthy');
    await seen(setup, 'alive');
    assert.equal(setup.registry.store.members.get('webapp/web-1')?.fields.capacity, 20);
    const leaving = leaveCluster(setup.running, noSignal);
    await seen(setup, 'leaving');
    setup.agent.setCapacity(100);
    const index = setup.registry.store.index;
    await eventually(() => assert.ok(setup.registry.store.index > index + 2));
    assert.equal(setup.status(), 'leaving');
    await setup.registry.board.acknowledge(SELF, drained('lb-1'), FOREVER);
    await leaving;
  });

  it('waits for a registry that is away and logs the outage once', async () => {
    setup.registry.faults.fail();
    setup.agent.report('app-healthy');
    const again = () => setup.lines.filter((line) => line.msg === 'registry still lost');
    await eventually(() => assert.ok(again().length >= 3));
    setup.registry.faults.recover();
    await seen(setup, 'alive');
    const lost = setup.messages().filter((msg) => msg.startsWith('registry lost'));
    assert.equal(lost.length, 1);
    await eventually(() => assert.ok(setup.messages().includes('registry back')));
  });

  it('joins again when the registry has forgotten it', async () => {
    await joined(setup);
    setup.registry.store.remove('webapp', 'web-1');
    await seen(setup, 'alive');
  });
});
