import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { chiSquareSurvival } from './chi-square.js';
import { logGamma } from './log-gamma.js';

/** NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4: upper critical values, three decimals. */
const CRITICAL = [
  { df: 1, p: 0.05, at: 3.841 },
  { df: 1, p: 0.001, at: 10.828 },
  { df: 2, p: 0.1, at: 4.605 },
  { df: 4, p: 0.01, at: 13.277 },
  { df: 10, p: 0.05, at: 18.307 },
  { df: 30, p: 0.001, at: 59.703 },
  { df: 100, p: 0.05, at: 124.342 },
] as const;

function assertClose(actual: number, expected: number, relative: number): void {
  assert.ok(Math.abs(actual / expected - 1) < relative, `${actual} is not ${expected}`);
}

describe('the chi-square survival function', () => {
  for (const { df, p, at } of CRITICAL)
    it(`is ${p} at ${at} with ${df} degrees of freedom, as the tables say`, () =>
      assertClose(chiSquareSurvival(at, df), p, 1e-3));

  it('is e^(-x/2) with two degrees of freedom, to the last digits and far into the tail', () => {
    for (const x of [1e-6, 0.5, 2, 3.9, 4.1, 20, 200, 1_000])
      assertClose(chiSquareSurvival(x, 2), Math.exp(-x / 2), 1e-12);
  });

  it('is 1 where nothing deviates, or nothing can', () => {
    assert.equal(chiSquareSurvival(0, 5), 1);
    assert.equal(chiSquareSurvival(12, 0), 1);
  });

  it('falls with the statistic, grows with the degrees of freedom, and stays a probability', () => {
    const value = fc.double({ min: 0, max: 2_000, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.integer({ min: 1, max: 300 }), (a, b, df) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        const p = chiSquareSurvival(more, df);
        assert.ok(p >= -1e-12 && p <= 1 + 1e-12, `${p}`);
        assert.ok(p <= chiSquareSurvival(less, df) + 1e-12);
        assert.ok(p <= chiSquareSurvival(more, df + 1) + 1e-12);
      }),
    );
  });
});

describe('ln Γ', () => {
  it('is the logarithm of a factorial, and ln √π at a half', () => {
    assertClose(logGamma(5), Math.log(24), 1e-13);
    assertClose(logGamma(21), Math.log(2_432_902_008_176_640_000), 1e-13);
    assertClose(logGamma(0.5), Math.log(Math.PI) / 2, 1e-13);
  });
});
