import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { eventually } from '../../../test/support/eventually.js';
import { memoryRegistry } from '../memory/registry.js';
import { Agent } from './agent.js';
import { anyAddress } from './balancers.js';
import { follow } from './follow.js';
import { heedLeaveIntent } from './leave-intent.js';

const SELF = {
  ...{ service: 'webapp', id: 'web-1', address: '10.0.0.1', port: 3000, weight: 1, role: 'backend', boot: 'b1' },
  tags: {},
};
const FOREVER = new AbortController().signal;

describe('the intent to leave', () => {
  let stop: AbortController;
  let running: Promise<unknown>;
  beforeEach(() => {
    stop = new AbortController();
    running = Promise.resolve();
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });

  /** An agent whose app is ready, on a registry that may hold something already. */
  function start(registry = memoryRegistry({ policy: anyAddress })) {
    const { registrar, board, store } = registry;
    const log = pino({ level: 'silent' });
    const asked: string[] = [];
    const agent = new Agent({ self: SELF, registrar, heartbeatMs: 20, callDeadlineMs: 100, log });
    const intents = follow(
      () => board.watchIntents('webapp', stop.signal),
      stop.signal,
      () => {},
    );
    const onLeave = () => void asked.push('leave');
    const mayJoin = heedLeaveIntent(
      { agent, self: SELF, board, intents, callDeadlineMs: 100, log, onLeave },
      stop.signal,
    );
    running = mayJoin.then(() => agent.run(stop.signal));
    agent.report('app-healthy');
    const joined = () => eventually(() => assert.equal(store.members.get('webapp/web-1')?.fields.status, 'alive'));
    return { registry, agent, intents, asked, joined };
  }

  async function withLeftover() {
    const registry = memoryRegistry({ policy: anyAddress });
    await registry.board.setIntent('webapp', 'web-1', 'leave', FOREVER);
    await registry.board.setIntent('webapp', 'web-2', 'leave', FOREVER);
    return registry;
  }

  it('is cleared before the join when an earlier boot left it behind', async () => {
    const { registry, asked, joined } = start(await withLeftover());
    await joined();
    assert.deepEqual([...registry.store.intents.keys()], ['webapp/web-2']);
    assert.deepEqual(asked, []);
  });

  it('makes the agent leave when it comes after the join, also after an older one was cleared', async () => {
    const { registry, asked, joined } = start(await withLeftover());
    await joined();
    await registry.board.setIntent('webapp', 'web-1', 'leave', FOREVER);
    await eventually(() => assert.deepEqual(asked, ['leave']));
    assert.equal(registry.store.intents.get('webapp/web-1'), 'leave');
  });

  it('of an earlier boot is not obeyed while the board refuses to clear it', async () => {
    const registry = await withLeftover();
    const clear = registry.board.setIntent;
    let refused = 0;
    Object.assign(registry.board, {
      setIntent: async () => {
        refused += 1;
        throw new Error('read only');
      },
    });
    const { asked, joined, intents } = start(registry);
    await joined();
    await clear('webapp', 'web-3', 'drain', FOREVER);
    await eventually(() => assert.equal(intents.value?.size, 3));
    assert.deepEqual(asked, []);
    Object.assign(registry.board, { setIntent: clear });
    await eventually(() => assert.equal(registry.store.intents.has('webapp/web-1'), false));
    assert.ok(refused > 0);
  });

  it('does not keep an app out of the cluster when the board cannot be read', async () => {
    const registry = memoryRegistry({ policy: anyAddress });
    async function* silent() {
      await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve(), { once: true }));
    }
    Object.assign(registry.board, { watchIntents: silent });
    await start(registry).joined();
  });
});
