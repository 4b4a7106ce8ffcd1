import { strict as assert } from 'node:assert';
import { createLogger, MusterError } from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import { member } from '../fixture.test.js';
import { createOperator, createRemover } from './operator.js';
import { newRegistry, registration } from './run-watcher.test.js';
import type { MemberView } from './status.js';

const NEVER = new AbortController().signal;
const logger = createLogger('test', 'silent');

function view(id: string, patch: Partial<MemberView> = {}): MemberView {
  return { ...member(id), service: 'webapp', server: null, intent: null, operatorWeight: null, held: false, ...patch };
}

/** An operator of `members`, all of which are in the registry, and what it did. */
async function operatorOf(...members: readonly MemberView[]) {
  const registry = newRegistry();
  for (const { id } of members) await registry.registrar.join(registration(id), NEVER);
  const released: string[] = [];
  const actions = createOperator({
    ...{
      services: ['webapp', 'api'],
      members: () => members,
      drainBoard: registry.board,
      registrar: registry.registrar,
    },
    weightBoard: registry.weights,
    release: (service, id) => void released.push(`${service}/${id}`),
  });
  const intent = (id: string) => registry.store.intents.get(`webapp/${id}`) ?? null;
  const listed = () => [...registry.store.members.keys()];
  return { actions, registry, released, intent, listed };
}

describe('operator', () => {
  it('refuses a service that is not served, and names those that are', async () => {
    const { actions } = await operatorOf();
    for (const action of ['drain', 'ready', 'leave'] as const) {
      await assert.rejects(actions[action]('shop', 'web-1', NEVER), {
        code: 'service-unknown',
        message: 'no service shop; known: webapp, api',
      });
    }
  });

  it('refuses a member that is not there, also when another service has one of that name', async () => {
    const { actions, intent } = await operatorOf(view('web-1'), view('api-1', { service: 'api' }));
    for (const action of ['drain', 'ready', 'leave'] as const) {
      await assert.rejects(actions[action]('webapp', 'api-1', NEVER), {
        code: 'member-unknown',
        message: 'no member api-1 in service webapp; known: web-1',
      });
    }
    assert.equal(intent('api-1'), null);
  });

  it('names nobody when there is nobody, and not everybody when there are too many', async () => {
    const none = await operatorOf();
    await assert.rejects(none.actions.drain('webapp', 'x', NEVER), { message: /known: none$/ });
    const many = await operatorOf(...Array.from({ length: 53 }, (_, at) => view(`web-${at + 1}`)));
    await assert.rejects(many.actions.drain('webapp', 'x', NEVER), { message: /web-50 and 3 more$/ });
  });

  it('keeps a drain on the board until the member is wanted again', async () => {
    const { actions, intent, listed } = await operatorOf(view('web-1'));
    await actions.drain('webapp', 'web-1', NEVER);
    assert.equal(intent('web-1'), 'drain');
    await actions.ready('webapp', 'web-1', NEVER);
    assert.equal(intent('web-1'), null);
    assert.deepEqual(listed(), ['webapp/web-1']);
  });

  it('asks a member that is alive or leaving to leave, and takes nothing away from it', async () => {
    const { actions, intent, listed, released } = await operatorOf(view('web-1'), view('web-2', { status: 'leaving' }));
    for (const id of ['web-1', 'web-2']) await actions.leave('webapp', id, NEVER);
    assert.deepEqual([intent('web-1'), intent('web-2')], ['leave', 'leave']);
    assert.deepEqual([listed().length, released], [2, []]);
  });

  it('takes the entry of a failed member away, and lets the guard forget it', async () => {
    const { actions, intent, listed, released } = await operatorOf(view('web-1', { status: 'failed' }), view('web-2'));
    await actions.drain('webapp', 'web-1', NEVER);
    await actions.leave('webapp', 'web-1', NEVER);
    assert.deepEqual([listed(), released, intent('web-1')], [['webapp/web-2'], ['webapp/web-1'], null]);
  });

  it('lets a member go that only the guard keeps', async () => {
    const { actions, intent, registry, released } = await operatorOf(view('web-1', { held: true }));
    registry.store.remove('webapp', 'web-1');
    await actions.leave('webapp', 'web-1', NEVER);
    assert.deepEqual([released, intent('web-1')], [['webapp/web-1'], null]);
  });

  it('keeps a weight on its board until it is reset', async () => {
    const { actions, registry } = await operatorOf(view('web-1'));
    await actions.setWeight('webapp', 'web-1', 4, NEVER);
    assert.deepEqual([...registry.store.weights], [['webapp/web-1', 4]]);
    await actions.setWeight('webapp', 'web-1', null, NEVER);
    assert.equal(registry.store.weights.size, 0);
    await assert.rejects(actions.setWeight('webapp', 'web-9', 4, NEVER), { code: 'member-unknown' });
    await assert.rejects(actions.setWeight('webapp', 'web-1', 257, NEVER), { code: 'weight-invalid' });
  });

  it('says when the registry is away', async () => {
    const { actions, registry } = await operatorOf(view('web-1'), view('web-2', { status: 'failed' }));
    registry.faults.fail();
    await assert.rejects(actions.drain('webapp', 'web-1', NEVER), { code: 'registry-unreachable' });
    await assert.rejects(actions.leave('webapp', 'web-2', NEVER), { code: 'registry-unreachable' });
  });

  it('lets no member go whose entry it could not take away', async () => {
    const registry = newRegistry();
    const released: string[] = [];
    const evict = async () => {
      throw new MusterError('member-elsewhere', 'only its own machine can');
    };
    const actions = createOperator({
      ...{ services: ['webapp'], members: () => [view('web-1', { status: 'failed' })], drainBoard: registry.board },
      weightBoard: registry.weights,
      registrar: { ...registry.registrar, evict },
      release: (service, id) => void released.push(`${service}/${id}`),
    });
    await assert.rejects(actions.leave('webapp', 'web-1', NEVER), { code: 'member-elsewhere' });
    assert.deepEqual(released, [], 'the guard no longer protects a member that is still listed');
  });
});

describe('remover', () => {
  it('removes entry and intent, once while it is under way', async () => {
    const { registrar, board, store } = newRegistry();
    await registrar.join(registration('web-1', ''), NEVER);
    await board.setIntent('webapp', 'web-1', 'leave', NEVER);
    const evicted: string[] = [];
    const evict: typeof registrar.evict = (service, id, signal) => {
      evicted.push(id);
      return registrar.evict(service, id, signal);
    };
    const remove = createRemover({ ...registrar, evict }, board, logger);
    for (let pass = 0; pass < 3; pass++) remove('webapp', 'web-1');
    await eventually(() => assert.equal(store.intents.size, 0));
    assert.deepEqual([store.members.size, evicted], [0, ['web-1']]);
  });

  it('tries again at the next call after a failure, and never rejects', async () => {
    const { registrar, board, faults, store } = newRegistry();
    await registrar.join(registration('web-1', ''), NEVER);
    faults.fail();
    const remove = createRemover(registrar, board, logger, 20);
    remove('webapp', 'web-1');
    faults.recover();
    await eventually(() => {
      remove('webapp', 'web-1');
      assert.equal(store.members.size, 0);
    });
  });
});
