import { strict as assert } from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { Lanes } from './lanes.js';

describe('lanes', () => {
  it('run as many tasks at once as they are wide, in the order they came', async () => {
    const lanes = new Lanes(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const task = (number: number) => async () => {
      started.push(number);
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      return number;
    };
    const results = await Promise.all([1, 2, 3, 4, 5].map((number) => lanes.run(task(number))));
    assert.deepEqual({ results, started, most }, { results: [1, 2, 3, 4, 5], started: [1, 2, 3, 4, 5], most: 2 });
  });

  it('go on after a task that failed', async () => {
    const lanes = new Lanes(1);
    await assert.rejects(
      lanes.run(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await lanes.run(async () => 'yes'), 'yes');
  });
});
