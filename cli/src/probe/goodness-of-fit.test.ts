import { strict as assert } from 'node:assert';
import { goodnessOfFit } from './goodness-of-fit.js';

const cells = (observed: readonly number[], weights: readonly number[]) => {
  const total = observed.reduce((sum, one) => sum + one, 0);
  const weight = weights.reduce((sum, one) => sum + one, 0);
  return observed.map((one, at) => ({ observed: one, expected: (total * (weights[at] ?? 0)) / weight }));
};

describe('goodness of fit', () => {
  it("is Pearson's test where a balancer draws by weight itself", () => {
    // Sixty throws of a die: 5, 8, 9, 8, 10, 20 give 13.4 with 5 degrees of freedom, p = 0.0199.
    const { statistic, degreesOfFreedom, spread, p } = goodnessOfFit(
      cells([5, 8, 9, 8, 10, 20], [1, 1, 1, 1, 1, 1]),
      null,
    );
    assert.deepEqual([Number(statistic.toFixed(6)), degreesOfFreedom, spread], [13.4, 5, 1]);
    assert.ok(Math.abs(p - 0.0199) < 5e-5, `${p}`);
  });

  it('forgives what a ring of few points does, which a plain draw must not do', () => {
    const shares = cells([3634, 2958, 3408], [1, 1, 1]);
    assert.ok(goodnessOfFit(shares, 48).p > 0.1);
    assert.ok(goodnessOfFit(shares, null).p < 1e-12);
  });

  it('still finds a ring wrong that leaves a member out', () => {
    assert.ok(goodnessOfFit(cells([5000, 5000, 0], [1, 1, 1]), 48).p < 0.001);
  });

  it('has no mercy with answers of somebody who should get none', () => {
    assert.equal(goodnessOfFit(cells([10, 10, 1], [1, 1, 0]), 48).p, 0);
  });

  it('finds nothing wrong with one member, or none', () => {
    assert.equal(goodnessOfFit(cells([10], [1]), null).p, 1);
    assert.equal(goodnessOfFit([], null).p, 1);
  });

  it('rejects one in twenty true rings at p = 0.05, so that its p is a probability', () => {
    const random = seeded(2026);
    const runs = 1_500;
    const rejected = Array.from({ length: runs }, () => drawnOnRing([1, 2, 4], 16, 1_000, random)).filter(
      (observed) => goodnessOfFit(cells(observed, [1, 2, 4]), 7 * 16).p < 0.05,
    ).length;
    // Five standard deviations of a binomial count are 0.028.
    assert.ok(Math.abs(rejected / runs - 0.05) < 0.028, `${rejected} of ${runs}`);
  });
});

/** Requests by member, drawn on a ring of random points as HAProxy's `random` does. */
function drawnOnRing(weights: readonly number[], pointsPerWeight: number, requests: number, random: () => number) {
  const points = weights.flatMap((weight, member) =>
    Array.from({ length: weight * pointsPerWeight }, () => ({ at: random(), member })),
  );
  const ring = points.sort((a, b) => a.at - b.at);
  const counts = weights.map(() => 0);
  for (let n = 0; n < requests; n += 1) {
    const spot = random();
    const { member } = ring.find(({ at }) => at >= spot) ?? ring[0] ?? { member: 0 };
    counts[member] = (counts[member] ?? 0) + 1;
  }
  return counts;
}

/** A linear congruential generator (Numerical Recipes, 7.1): the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
