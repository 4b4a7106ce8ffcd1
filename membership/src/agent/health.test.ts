import { strict as assert } from 'node:assert';
import { judgeResult, NO_VERDICT, type ProbeVerdict, watchHealth } from './health.js';

const verdictOf = (results: string, rise: number, fall: number): ProbeVerdict =>
  [...results].reduce((was, result) => judgeResult(was, result === '+', { rise, fall }), NO_VERDICT);

describe('health of an app', () => {
  it('takes rise results in a row to be healthy and fall to be unhealthy', () => {
    assert.equal(verdictOf('+', 2, 2).health, 'unknown');
    assert.equal(verdictOf('-+', 2, 2).health, 'unknown');
    assert.equal(verdictOf('++', 2, 2).health, 'healthy');
    assert.equal(verdictOf('++-', 2, 2).health, 'healthy');
    assert.equal(verdictOf('++-+-', 2, 2).health, 'healthy');
    assert.equal(verdictOf('++--', 2, 2).health, 'unhealthy');
    assert.equal(verdictOf('++--+', 2, 2).health, 'unhealthy');
    assert.equal(verdictOf('++--++', 2, 2).health, 'healthy');
  });

  it('tells changes only, with the reason of the last attempt, and never overlaps attempts', async () => {
    const stop = new AbortController();
    const results = [null, null, 'first', 'second', 'third', null];
    const told: string[] = [];
    let underWay = 0;
    await watchHealth(
      {
        rise: 1,
        fall: 2,
        intervalMs: 1,
        startIntervalMs: 1,
        attempt: async () => {
          underWay += 1;
          assert.equal(underWay, 1);
          await new Promise((resolve) => setImmediate(resolve));
          underWay -= 1;
          return results.shift() ?? null;
        },
        onChange(health, reason) {
          told.push(`${health} ${reason}`);
          if (told.length === 3) stop.abort();
        },
      },
      stop.signal,
    );
    assert.deepEqual(told, ['healthy ', 'unhealthy second', 'healthy ']);
  });
});
