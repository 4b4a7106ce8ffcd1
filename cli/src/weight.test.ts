import { strict as assert } from 'node:assert';
import { parseWeight } from './weight.js';

describe('the weight of `muster weight`', () => {
  it('is a whole number from 0 to 256, or null for reset', () => {
    assert.deepEqual(['0', '7', '256', 'reset'].map(parseWeight), [0, 7, 256, null]);
  });

  for (const text of ['', '-1', '257', '1.5', '1e2', 'many', ' 4']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseWeight(text), {
        code: 'weight-invalid',
        message: /is no weight: give 0 to 256, or reset/,
      });
    });
  }
});
