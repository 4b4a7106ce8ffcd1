import { strict as assert } from 'node:assert';
import type { Member } from '@muster/membership';
import { member, memberSet } from '../fixture.test.js';
import { only, step, TEN, told, without } from './fixture.test.js';
import { forget, inForce } from './guard.js';

describe('guard: the table', () => {
  const companion = member('web-0');
  const before = (status: Member['status']) =>
    step(null, { set: memberSet(5, companion, member('web-1', { status })) });

  for (const health of ['up', 'unknown', 'down'] as const) {
    it(`serves an alive member whose check says ${health}`, () => {
      const state = step(null, { set: memberSet(5, member('web-1')), health: () => health });
      assert.deepEqual(told(state), ['web-1 serve']);
    });

    it(`drains a leaving member whose check says ${health}`, () => {
      const set = memberSet(5, companion, member('web-1', { status: 'leaving' }));
      assert.deepEqual(told(step(null, { set, health: only('web-1', health) })), ['web-0 serve', 'web-1 drain']);
    });

    it(`takes a member that is absent after its leave as gone, whose check says ${health}`, () => {
      const state = step(before('leaving'), { set: memberSet(6, companion), health: only('web-1', health) });
      assert.deepEqual(told(state), ['web-0 serve']);
    });
  }

  it('keeps a failed member whose check passes, and says that it is held', () => {
    const set = memberSet(6, companion, member('web-1', { status: 'failed' }));
    assert.deepEqual(told(step(before('alive'), { set })), ['web-0 serve', 'web-1 serve (check-passes)']);
  });

  for (const health of ['unknown', 'down'] as const) {
    it(`leaves a failed member to the balancer's check while that says ${health}`, () => {
      const set = memberSet(6, companion, member('web-1', { status: 'failed' }));
      assert.deepEqual(told(step(before('alive'), { set, health: only('web-1', health) })), [
        'web-0 serve',
        'web-1 serve',
      ]);
    });
  }

  for (const health of ['up', 'unknown'] as const) {
    it(`drains one member that somebody deregistered, whose check says ${health}`, () => {
      const state = step(before('alive'), { set: memberSet(6, companion), health: only('web-1', health) });
      assert.deepEqual(told(state), ['web-0 serve', 'web-1 drain']);
    });
  }

  it('takes an absent member as gone when its check fails too', () => {
    const state = step(before('alive'), { set: memberSet(6, companion), health: only('web-1', 'down') });
    assert.deepEqual(told(state), ['web-0 serve']);
  });

  it('keeps a member that the registry called failed and then reaped, while its check passes', () => {
    const failed = step(before('alive'), { set: memberSet(6, companion, member('web-1', { status: 'failed' })) });
    const reaped = step(failed, { set: memberSet(7, companion) });
    assert.deepEqual(told(reaped), ['web-0 serve', 'web-1 serve (check-passes)']);
    assert.deepEqual(told(step(reaped, { set: memberSet(7, companion), health: only('web-1', 'down') })), [
      'web-0 serve',
    ]);
  });

  it('takes the first set ever as it is', () => {
    const set = memberSet(1, companion, member('web-1', { status: 'leaving' }));
    assert.deepEqual(told(step(null, { set })), ['web-0 serve', 'web-1 drain']);
  });

  it('forgets a member whose drain is over', () => {
    const drained = step(before('alive'), { set: memberSet(6, companion) });
    assert.deepEqual(told(forget(drained, 'web-1')), ['web-0 serve']);
  });

  it('gives the members in the order of their ids', () => {
    const state = step(null, { set: memberSet(1, member('b'), member('a'), member('C')) });
    assert.deepEqual([...state.verdicts.keys()], ['C', 'a', 'b']);
  });
});

describe('guard: the last member', () => {
  const one = step(null, { set: memberSet(1, member('web-0')) });

  it('is held when the registry alone drops it', () => {
    assert.deepEqual(told(step(one, { set: memberSet(2) })), ['web-0 serve (last-member)']);
  });

  it('is held when the others work no more', () => {
    const two = step(null, { set: memberSet(1, member('web-0'), member('web-1')) });
    const state = step(two, { set: memberSet(2, member('web-0')), health: only('web-0', 'down') });
    assert.deepEqual(told(state), ['web-0 serve', 'web-1 serve (last-member)']);
  });

  it('may leave when it announced that', () => {
    const leaving = step(one, { set: memberSet(2, member('web-0', { status: 'leaving' })) });
    assert.deepEqual(told(leaving), ['web-0 drain']);
    assert.deepEqual(told(step(leaving, { set: memberSet(3) })), []);
  });

  it('may go when an operator lets it go', () => {
    const state = step(one, { set: memberSet(2), released: new Set(['web-0']) });
    assert.deepEqual(told(state), ['web-0 drain']);
  });

  it('is called back from its drain when the one beside it announces a leave', () => {
    const two = step(null, { set: memberSet(1, member('web-0'), member('web-1')) });
    const draining = step(two, { set: memberSet(2, member('web-0')) });
    const state = step(draining, { set: memberSet(3, member('web-0', { status: 'leaving' })) });
    assert.deepEqual(told(state), ['web-0 drain', 'web-1 serve (last-member)']);
  });
});

describe('guard: the set in force', () => {
  const full = step(null, { set: memberSet(10, ...TEN) });

  it('still has the members that are held although the registry lost them', () => {
    const set = memberSet(3, member('web-0', { port: 4000 }));
    const force = inForce(set, step(full, { set }));
    assert.deepEqual(
      [...force.members.keys()].sort(),
      TEN.map(({ id }) => id),
    );
    assert.equal(force.members.get('web-0')?.port, 4000);
    assert.equal(force.index, '3');
  });

  it('has no member that drains', () => {
    const set = memberSet(11, ...without(TEN, 'web-1'));
    assert.equal(inForce(set, step(full, { set })), set);
  });

  it('is the set itself before the guard has judged one', () => {
    const set = memberSet(1, member('web-0'));
    assert.equal(inForce(set, undefined), set);
  });
});

describe('guard: what only looks like the old member', () => {
  it('lets a member go whose address another member has taken, held or not: its check asks the other', () => {
    const old = member('old', { status: 'failed' });
    const held = step(null, { set: memberSet(1, old, member('web-0')) });
    assert.deepEqual(told(held), ['old serve (check-passes)', 'web-0 serve']);
    const next = step(held, { set: memberSet(2, member('new', { port: old.port }), member('web-0')) });
    assert.deepEqual(told(next), ['new serve', 'web-0 serve']);
  });

  it('lets the last member go once another one works', () => {
    const one = step(null, { set: memberSet(1, member('web-1')) });
    const held = step(one, { set: memberSet(2) });
    assert.deepEqual(told(held), ['web-1 serve (last-member)']);
    const replaced = step(held, { set: memberSet(3, member('web-2')) });
    assert.deepEqual(told(replaced), ['web-1 drain', 'web-2 serve']);
  });

  it('does not count a member that an operator drained among those that work', () => {
    const two = step(null, { set: memberSet(1, member('web-1'), member('web-2')) });
    const state = step(two, { set: memberSet(2, member('web-1')), drained: new Set(['web-1']) });
    assert.deepEqual(told(state), ['web-1 serve', 'web-2 serve (last-member)']);
  });

  it('holds whoever is missing from a set that follows a fault, whatever its index', () => {
    const full = step(null, { set: memberSet(40, ...TEN) });
    const set = { ...memberSet(41, ...without(TEN, 'web-3')), afterFault: true };
    assert.equal(told(step(full, { set }))[3], 'web-3 serve (registry-fault)');
  });
});
