import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { serverWeights, type Weighed } from './weights.js';

const weigh = (...members: readonly (readonly [weight: number, capacity: number])[]): number[] => [
  ...serverWeights(
    members.map(([weight, capacity], at) => ({ id: `m${at}`, weight, capacity })),
    null,
  ).values(),
];

const onRing = (...members: readonly (readonly [weight: number, capacity: number])[]): number[] => [
  ...serverWeights(
    members.map(([weight, capacity], at) => ({ id: `m${at}`, weight, capacity })),
    64,
  ).values(),
];

const anyMembers = fc
  .array(fc.record({ weight: fc.integer({ min: 0, max: 256 }), capacity: fc.integer({ min: 1, max: 100 }) }))
  .map((all): Weighed[] => all.map((one, at) => ({ ...one, id: `m${at}` })));

describe('serverWeights', () => {
  it('gives the weights as they were set while everybody can take its whole share', () => {
    assert.deepEqual(weigh([1, 100], [2, 100], [0, 100], [256, 100]), [1, 2, 0, 256]);
    assert.deepEqual(weigh(), []);
  });

  it('scales all of them by one factor when somebody cannot', () => {
    assert.deepEqual(weigh([1, 100], [1, 30], [1, 100]), [256, 77, 256]);
    assert.deepEqual(weigh([1, 50], [2, 100], [4, 100]), [32, 128, 256]);
  });

  it('leaves a weight of 0 at 0, and lets no other fall to it', () => {
    assert.deepEqual(weigh([0, 10], [1, 10], [256, 100]), [0, 1, 256]);
    assert.deepEqual(weigh([0, 10], [0, 100]), [0, 0]);
  });

  it('changes nothing but the own server when one of several that are reduced changes its capacity', () => {
    const before = weigh([1, 50], [2, 90], [3, 100]);
    const after = weigh([1, 20], [2, 90], [3, 100]);
    assert.deepEqual(after.slice(1), before.slice(1));
    assert.ok((after[0] ?? 0) < (before[0] ?? 0));
  });

  it('always scales to the weight of a ring, so that a capacity below 100 moves the keys of its own member only', () => {
    assert.deepEqual(onRing([1, 100], [1, 100], [0, 100]), [64, 64, 0]);
    assert.deepEqual(onRing([1, 100], [1, 25], [0, 100]), [64, 16, 0]);
    assert.deepEqual(onRing([256, 100], [1, 10]), [64, 1]);
  });

  it('stays within 0–256 and keeps the order of weight x capacity, whatever the members are', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const weights = serverWeights(members, null);
        for (const { id, weight } of members) {
          const given = weights.get(id) ?? assert.fail(id);
          assert.ok(Number.isInteger(given) && given >= 0 && given <= 256, `${given}`);
          assert.equal(given === 0, weight === 0);
        }
        const sorted = [...members].sort((a, b) => a.weight * a.capacity - b.weight * b.capacity);
        const ranks = sorted.map(({ id }) => weights.get(id) ?? 0);
        assert.deepEqual(
          ranks,
          [...ranks].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('depends on who the members are, not on their order', () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const there = serverWeights(members, null);
        const back = serverWeights([...members].reverse(), null);
        for (const { id } of members) assert.equal(there.get(id), back.get(id));
      }),
    );
  });
});
