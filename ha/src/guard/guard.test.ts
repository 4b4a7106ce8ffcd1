import { strict as assert } from 'node:assert';
import type { Member } from '@muster/membership';
import { member, memberSet } from '../fixture.test.js';
import type { Health } from '../plan/desired.js';
import { forget, type GuardInput, type GuardState, guard, inForce } from './guard.js';

const LIMITS = { share: 0.5, windowMs: 10_000 };

/** Ten members, all the guard needs to have a shrink to judge. */
const TEN = Array.from({ length: 10 }, (_, index) => member(`web-${index}`));

function step(state: GuardState | null, input: Partial<GuardInput> & Pick<GuardInput, 'set'>): GuardState {
  return guard({
    state,
    health: () => 'up',
    released: new Set(),
    drained: new Set<string>(),
    nowMs: 0,
    limits: LIMITS,
    ...input,
  });
}

/** `web-1 serve`, `web-2 drain`, `web-3 serve (check-passes)`: what became of everybody. */
function told(state: GuardState): string[] {
  return [...state.verdicts.values()].map(
    ({ member: { id }, fate, held }) => `${id} ${fate}${held === null ? '' : ` (${held})`}`,
  );
}

function only(id: string, health: Health, rest: Health = 'up'): (id: string) => Health {
  return (asked) => (asked === id ? health : rest);
}

function without(all: readonly Member[], ...ids: readonly string[]): Member[] {
  return all.filter(({ id }) => !ids.includes(id));
}

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

describe('guard: a registry that went back', () => {
  const full = step(null, { set: memberSet(100, ...TEN) });

  it('holds all who vanished together with a lower index', () => {
    const state = step(full, { set: memberSet(3, member('web-0')) });
    assert.equal(told(state)[0], 'web-0 serve');
    assert.deepEqual(
      told(state).slice(1),
      TEN.slice(1).map(({ id }) => `${id} serve (registry-fault)`),
    );
  });

  it('holds a single one too', () => {
    const state = step(full, { set: memberSet(99, ...without(TEN, 'web-4')) });
    assert.equal(told(state)[4], 'web-4 serve (registry-fault)');
  });

  it('compares indexes as numbers of any size', () => {
    const big = { ...full, index: '99999999999999999998' };
    const grown = { ...memberSet(0, ...without(TEN, 'web-4')), index: '99999999999999999999' };
    assert.equal(told(step(big, { set: grown }))[4], 'web-4 drain');
    const longer = { ...memberSet(0, ...without(TEN, 'web-4')), index: '100' };
    assert.equal(told(step({ ...full, index: '99' }, { set: longer }))[4], 'web-4 drain');
  });

  it('holds on while the index grows again from its new start', () => {
    const held = step(full, { set: memberSet(3) });
    const later = step(held, { set: memberSet(50, member('web-0')), nowMs: 60_000 });
    assert.deepEqual(told(later)[0], 'web-0 serve');
    assert.equal(told(later).filter((line) => line.endsWith('(registry-fault)')).length, 9);
  });
});

describe('guard: sudden shrink', () => {
  const full = step(null, { set: memberSet(1, ...TEN) });
  const after = (count: number) => TEN.slice(count);

  it('drains as many as the share allows at once', () => {
    const state = step(full, { set: memberSet(2, ...after(5)) });
    assert.equal(told(state).filter((line) => line.endsWith(' drain')).length, 5);
  });

  it('holds everybody who went when more than the share go at once', () => {
    const state = step(full, { set: memberSet(2, ...after(6)) });
    assert.equal(told(state).filter((line) => line.endsWith('serve (sudden-shrink)')).length, 6);
  });

  it('counts a trickle of one per second within the window', () => {
    let state = full;
    for (let second = 1; second <= 6; second += 1) {
      state = step(state, { set: memberSet(1 + second, ...after(second)), nowMs: second * 1_000 });
    }
    assert.equal(told(state).filter((line) => line.endsWith(' drain')).length, 0);
    assert.equal(told(state).filter((line) => line.endsWith('(sudden-shrink)')).length, 6);
  });

  it('remembers who went even after their drains were over', () => {
    let state = full;
    for (let second = 1; second <= 6; second += 1) {
      state = step(state, { set: memberSet(1 + second, ...after(second)), nowMs: second * 1_000 });
      if (second < 6) state = forget(state, `web-${second - 1}`);
    }
    assert.equal(told(state)[0], 'web-5 serve (sudden-shrink)');
  });

  it('lets them go one by one when the window lies between them', () => {
    let state = full;
    for (let gone = 1; gone <= 8; gone += 1) {
      state = step(state, { set: memberSet(1 + gone, ...after(gone)), nowMs: gone * 10_000 });
    }
    assert.equal(told(state).filter((line) => line.endsWith(' drain')).length, 8);
  });

  it('lets a single one go from a set of two', () => {
    const two = step(null, { set: memberSet(1, member('web-0'), member('web-1')) });
    assert.deepEqual(told(step(two, { set: memberSet(2, member('web-0')) })), ['web-0 serve', 'web-1 drain']);
  });

  it('does not count members that announced their leave', () => {
    const leaving = TEN.map((one, index) => (index < 8 ? { ...one, status: 'leaving' as const } : one));
    const announced = step(full, { set: memberSet(2, ...leaving) });
    assert.deepEqual(told(step(announced, { set: memberSet(3, ...after(8)) })), ['web-8 serve', 'web-9 serve']);
  });

  it('does not count members whose own check fails', () => {
    const dead = new Set(TEN.slice(0, 8).map(({ id }) => id));
    const state = step(full, { set: memberSet(2, ...after(8)), health: (id) => (dead.has(id) ? 'down' : 'up') });
    assert.deepEqual(told(state), ['web-8 serve', 'web-9 serve']);
  });

  it('does not count one that came back within the window', () => {
    const five = step(full, { set: memberSet(2, ...after(5)) });
    const back = step(five, { set: memberSet(3, ...TEN), nowMs: 1_000 });
    assert.deepEqual(
      told(back),
      TEN.map(({ id }) => `${id} serve`),
    );
    const others = step(back, { set: memberSet(4, ...TEN.slice(0, 5)), nowMs: 2_000 });
    assert.equal(told(others).filter((line) => line.endsWith(' drain')).length, 5);
  });
});

describe('guard: what is held', () => {
  const full = step(null, { set: memberSet(10, ...TEN) });
  const empty = memberSet(11);
  const held = step(full, { set: empty });

  it('stays held on the same set, however often and late it is judged', () => {
    let state = held;
    for (const nowMs of [0, 1, 5_000, 10_000, 3_600_000]) {
      state = step(state, { set: empty, nowMs });
      assert.deepEqual(told(state), told(held));
    }
  });

  it('gives the same state when the same set is judged twice', () => {
    assert.deepEqual(step(held, { set: empty }), held);
    const draining = step(full, { set: memberSet(11, ...without(TEN, 'web-1')) });
    assert.deepEqual(step(draining, { set: memberSet(11, ...without(TEN, 'web-1')) }), draining);
  });

  it('is served plainly again when it reappears', () => {
    const back = step(held, { set: memberSet(12, member('web-3')) });
    assert.equal(told(back)[3], 'web-3 serve');
    assert.equal(told(back)[4], 'web-4 serve (sudden-shrink)');
  });

  it('is gone when its own check fails', () => {
    const state = step(held, { set: empty, health: only('web-3', 'down') });
    assert.equal(told(state).includes('web-3 serve (sudden-shrink)'), false);
    assert.equal(state.verdicts.has('web-3'), false);
    assert.equal(state.verdicts.size, 9);
  });

  it('drains when an operator lets it go', () => {
    const state = step(held, { set: empty, released: new Set(['web-3']) });
    assert.equal(told(state)[3], 'web-3 drain');
  });

  it('is gone at once when an operator lets a failed one go', () => {
    const failed = TEN.map((one) => ({ ...one, status: 'failed' as const }));
    const reaped = step(step(full, { set: memberSet(11, ...failed) }), { set: memberSet(12) });
    const state = step(reaped, { set: memberSet(12), released: new Set(['web-3']) });
    assert.equal(state.verdicts.has('web-3'), false);
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
