import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { diff, sameMember } from './diff.js';
import type { MemberEventType } from './event.js';
import type { Member, MemberSet, MemberStatus } from './member.js';

const member = (id: string, more: Partial<Member> = {}): Member => ({
  ...{
    id,
    address: '10.0.0.1',
    port: 80,
    weight: 1,
    capacity: 100,
    status: 'alive',
    role: 'backend',
    boot: 'b1',
    tags: { zone: 'a' },
  },
  ...more,
});
const setOf = (...members: Member[]): MemberSet => ({
  ...{ service: 'web', index: '1', afterFault: false, rejected: [] },
  members: new Map(members.map((one) => [one.id, one])),
});

describe('diff', () => {
  const table: readonly [MemberStatus | 'absent', MemberStatus | 'absent', MemberEventType | null][] = [
    ['absent', 'alive', 'member-join'],
    ['absent', 'leaving', 'member-leaving'],
    ['absent', 'failed', 'member-failed'],
    ['alive', 'alive', null],
    ['alive', 'leaving', 'member-leaving'],
    ['alive', 'failed', 'member-failed'],
    ['alive', 'absent', 'member-leave'],
    ['leaving', 'alive', 'member-update'],
    ['leaving', 'leaving', null],
    ['leaving', 'failed', 'member-failed'],
    ['leaving', 'absent', 'member-leave'],
    ['failed', 'alive', 'member-join'],
    ['failed', 'leaving', 'member-leaving'],
    ['failed', 'failed', null],
    ['failed', 'absent', 'member-reap'],
  ];
  for (const [was, is, type] of table) {
    it(`says ${type ?? 'nothing'} when a member goes from ${was} to ${is}`, () => {
      const before = was === 'absent' ? setOf() : setOf(member('a', { status: was }));
      const after = is === 'absent' ? setOf() : setOf(member('a', { status: is }));
      assert.deepEqual(
        diff(before, after).map((event) => event.type),
        type ? [type] : [],
      );
    });
  }

  it('says join when a leaving member comes back with a new boot', () => {
    const events = diff(setOf(member('a', { status: 'leaving' })), setOf(member('a', { boot: 'b2' })));
    assert.deepEqual(
      events.map((event) => event.type),
      ['member-join'],
    );
  });

  it('says update for every other field that changes', () => {
    const changes: Partial<Member>[] = [
      ...[{ address: '10.0.0.2' }, { port: 81 }, { weight: 2 }, { capacity: 50 }, { role: 'canary' }, { boot: 'b2' }],
      ...[{ tags: {} }, { tags: { zone: 'b' } }, { tags: { zone: 'a', rack: '1' } }],
    ];
    for (const change of changes) {
      const events = diff(setOf(member('a')), setOf(member('a', change)));
      assert.deepEqual(
        events.map((event) => event.type),
        ['member-update'],
        JSON.stringify(change),
      );
    }
  });

  it('joins every member of the first set', () => {
    assert.deepEqual(
      diff(null, setOf(member('a'), member('b'))).map((event) => event.type),
      ['member-join', 'member-join'],
    );
  });

  it('gives the last known state of a member that is gone', () => {
    const gone = member('a', { weight: 9 });
    assert.deepEqual(diff(setOf(gone), setOf()), [{ type: 'member-leave', service: 'web', member: gone }]);
  });

  it('gives events in ascending order of id', () => {
    const events = diff(setOf(member('c'), member('a')), setOf(member('d'), member('b')));
    assert.deepEqual(
      events.map((event) => event.member.id),
      ['a', 'b', 'c', 'd'],
    );
  });

  it('is empty for equal sets, and names each changed member once', () => {
    const anySet = fc
      .uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), weight: fc.nat(2) }), {
        selector: (one) => one.id,
      })
      .map((list) => setOf(...list.map(({ id, weight }) => member(id, { weight }))));
    fc.assert(
      fc.property(anySet, anySet, (before, after) => {
        assert.deepEqual(diff(before, before), []);
        const named = diff(before, after).map((event) => event.member.id);
        assert.equal(new Set(named).size, named.length);
        for (const id of ['a', 'b', 'c', 'd']) {
          const [was, is] = [before.members.get(id), after.members.get(id)];
          const same = was && is ? sameMember(was, is) : was === is;
          assert.equal(named.includes(id), !same, id);
        }
      }),
    );
  });
});
