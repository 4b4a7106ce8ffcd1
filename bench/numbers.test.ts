import { strict as assert } from 'node:assert';
import { median, medianInterval, quantile, summarize } from './numbers.js';

describe('numbers of a benchmark', () => {
  it('takes a quantile from the measured values, in any order', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(quantile(values, 0.99), 99);
    assert.equal(quantile(values, 0), 1);
    assert.equal(quantile([7], 0.5), 7);
  });

  it('calls the largest of thirty values their p99', () => {
    assert.equal(summarize(Array.from({ length: 30 }, (_, index) => index)).p99, 29);
  });

  it('takes the median of an even and of an odd number of values', () => {
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([9, 1, 5]), 5);
  });

  it('says between which values the true median lies, by ranks alone', () => {
    const thirty = Array.from({ length: 30 }, (_, index) => index + 1);
    assert.deepEqual(medianInterval(thirty), [10, 22]);
    assert.deepEqual(medianInterval([5]), [5, 5]);
  });

  it('refuses to judge nothing', () => {
    assert.throws(() => quantile([], 0.5), /no values/);
    assert.throws(() => median([]), /no values/);
    assert.throws(() => medianInterval([]), /no values/);
  });
});
