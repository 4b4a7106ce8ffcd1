import { strict as assert } from 'node:assert';
import { member, memberSet } from '../fixture.test.js';
import { only, step, TEN, told, without } from './fixture.test.js';
import { forget } from './guard.js';

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
