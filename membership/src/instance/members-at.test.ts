import { strict as assert } from 'node:assert';
import type { Intent } from '../drain-board.js';
import type { Member } from '../member.js';
import { membersAt, type ServiceView, toAsk, toForget } from './members-at.js';

const HERE = { address: '10.0.0.7', settleMs: 3_000 };

function member(id: string, fields: Partial<Member> = {}): Member {
  const known = {
    address: '10.0.0.7',
    port: 18_081,
    weight: 1,
    capacity: 100,
    status: 'alive',
    role: 'backend',
  } as const;
  return { id, ...known, boot: 'b1', tags: {}, ...fields };
}

function view(members: readonly Member[], intents: readonly [string, Intent][] = [], afterFault = false): ServiceView {
  const byId = new Map(members.map((one) => [one.id, one]));
  const set = { service: 'webapp', index: '1', afterFault, members: byId, rejected: [] };
  return { service: 'webapp', set, setAtMs: 0, intents: new Map(intents) };
}

describe('the members of an instance', () => {
  it('are those at its address, of all services, whatever their state', () => {
    const api = { ...view([member('a1', { status: 'failed' })]), service: 'api' };
    const web = view([member('w2', { status: 'leaving' }), member('w1'), member('w9', { address: '10.0.0.8' })]);
    assert.deepEqual(membersAt([web, api], HERE, 0), ['api/a1', 'webapp/w1', 'webapp/w2']);
  });

  it('are unknown until each service was read', () => {
    const unread: ServiceView = { service: 'api', set: undefined, setAtMs: 0, intents: undefined };
    assert.equal(membersAt([view([]), unread], HERE, 0), undefined);
    assert.deepEqual(membersAt([view([])], HERE, 0), []);
  });

  it('are not believed to be gone right after a fault of the registry', () => {
    assert.equal(membersAt([view([], [], true)], HERE, 2_999), undefined);
    assert.deepEqual(membersAt([view([], [], true)], HERE, 3_000), []);
  });

  it('are asked to leave once, unless they leave already; a drain is not enough', () => {
    const members = [
      member('w1'),
      member('w2'),
      member('w3', { status: 'leaving' }),
      member('w4', { status: 'failed' }),
    ];
    const elsewhere = member('w9', { address: '10.0.0.8' });
    const asked = toAsk(
      [
        view(
          [...members, elsewhere],
          [
            ['w1', 'leave'],
            ['w2', 'drain'],
          ],
        ),
      ],
      HERE.address,
    );
    assert.deepEqual(
      asked.map(({ id }) => id),
      ['w2', 'w4'],
    );
  });

  it('are asked while the board cannot be read', () => {
    assert.deepEqual(toAsk([{ ...view([member('w1')]), intents: undefined }], HERE.address), [
      { service: 'webapp', id: 'w1', boot: 'b1' },
    ]);
  });

  it('are forgotten when they are gone and their intent is not, and only if they were asked', () => {
    const now = view(
      [member('w1')],
      [
        ['w1', 'leave'],
        ['w2', 'leave'],
        ['w3', 'leave'],
        ['w4', 'drain'],
      ],
    );
    const asked = ['w1', 'w2', 'w4'].map((id) => ({ service: 'webapp', id }));
    assert.deepEqual(toForget([now], asked), [{ service: 'webapp', id: 'w2' }]);
    assert.deepEqual(toForget([{ ...now, set: undefined }], asked), []);
  });
});
