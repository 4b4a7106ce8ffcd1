import { strict as assert } from 'node:assert';
import { Asked } from './asked.js';

const W1 = { service: 'webapp', id: 'w1', boot: 'b1' };

describe('who was asked to leave', () => {
  it('is asked again at once in another boot, and in the same one after a wait', () => {
    const asked = new Asked(100);
    assert.deepEqual(asked.due([W1], 0), [W1]);
    asked.note(W1, 0);
    assert.deepEqual(asked.due([W1], 99), []);
    assert.deepEqual(asked.due([W1], 100), [W1]);
    assert.deepEqual(asked.due([{ ...W1, boot: 'b2' }], 1), [{ ...W1, boot: 'b2' }]);
  });

  it('is no more when it is forgotten', () => {
    const asked = new Asked(100);
    asked.note(W1, 0);
    assert.deepEqual(asked.members, [W1]);
    asked.forget(W1);
    assert.deepEqual(asked.members, []);
    assert.deepEqual(asked.due([W1], 1), [W1]);
  });

  it('has time to take its intent away itself, counted anew when it was there meanwhile', () => {
    const asked = new Asked(100);
    assert.deepEqual(asked.overdue([W1], 0), []);
    assert.deepEqual(asked.overdue([W1], 299), []);
    assert.deepEqual(asked.overdue([W1], 300), [W1]);
    assert.deepEqual(asked.overdue([], 310), []);
    assert.deepEqual(asked.overdue([W1], 320), []);
  });
});
