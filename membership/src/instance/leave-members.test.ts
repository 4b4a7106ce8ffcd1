import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { eventually } from '../../../test/support/eventually.js';
import { anyAddress } from '../agent/balancers.js';
import { memoryRegistry } from '../memory/registry.js';
import { type LeavingMembers, leaveMembers } from './leave-members.js';

const HERE = '10.0.0.7';

describe('asking the members of an instance to leave', () => {
  let stop: AbortController;
  let members: LeavingMembers | null;
  beforeEach(() => {
    stop = new AbortController();
    members = null;
  });
  afterEach(async () => {
    stop.abort();
    await members?.done;
  });

  function start() {
    const registry = memoryRegistry({ policy: anyAddress });
    const { store, source, board } = registry;
    const log = pino({ level: 'silent' });
    const options = { source, board, log, services: ['webapp', 'api'], address: HERE };
    const leaving = leaveMembers({ ...options, callDeadlineMs: 100, settleMs: 50 }, stop.signal);
    members = leaving;
    const intents = () => [...store.intents].map(([key, intent]) => `${key} ${intent}`).sort();
    return { leaving, store, intents, faults: registry.faults };
  }

  const fields = (id: string, boot: string, address = HERE) => ({
    ...{ id, address, port: 18_081, weight: 1, role: 'backend', status: 'alive', boot, tags: {} },
  });

  it('asks each of them, of every service, and nobody else', async () => {
    const { store, intents, leaving } = start();
    store.put('webapp', 'w1', fields('w1', 'b1'));
    store.put('api', 'a1', fields('a1', 'b1'));
    store.put('webapp', 'w9', fields('w9', 'b1', '10.0.0.8'));
    await eventually(() => assert.deepEqual(intents(), ['api/a1 leave', 'webapp/w1 leave']));
    assert.deepEqual(leaving.value, ['api/a1', 'webapp/w1']);
  });

  it('asks one that joins again again, also when its own agent took the intent for an old one', async () => {
    const { store, intents, leaving } = start();
    for (const boot of ['b1', 'b2']) {
      store.put('webapp', 'w1', fields('w1', boot));
      await eventually(() => assert.deepEqual(intents(), ['webapp/w1 leave'], boot));
      store.intents.delete('webapp/w1');
      store.changed();
      await eventually(() => assert.deepEqual(intents(), ['webapp/w1 leave'], `${boot}, once more`));
      store.remove('webapp', 'w1');
      await eventually(() => assert.deepEqual(leaving.value, []));
      await eventually(() => assert.deepEqual(intents(), [], 'what a dead agent has left behind'));
    }
  });

  it('goes on when the registry is back', async () => {
    const { store, intents, leaving, faults } = start();
    await eventually(() => assert.deepEqual(leaving.value, []));
    faults.fail();
    store.put('webapp', 'w1', fields('w1', 'b1'));
    faults.recover();
    await eventually(() => assert.deepEqual(intents(), ['webapp/w1 leave']));
  });
});
