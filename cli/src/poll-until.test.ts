import { strict as assert } from 'node:assert';
import { pollUntil } from './poll-until.js';

const PATIENT = new AbortController().signal;

describe('polling', () => {
  it('asks again until the check says true', async () => {
    let asked = 0;
    assert.equal(await pollUntil(() => (asked += 1) === 3, 10_000, PATIENT), true);
    assert.equal(asked, 3);
  });

  it('asks once more than never, and gives up after its deadline', async () => {
    let asked = 0;
    assert.equal(await pollUntil(() => (asked += 1) === 0, 0, PATIENT), false);
    assert.ok(asked > 0);
  });

  it('ends with the reason of an abort', async () => {
    const abort = new AbortController();
    const polling = pollUntil(() => false, 10_000, abort.signal);
    abort.abort(new Error('not wanted any more'));
    await assert.rejects(polling, /not wanted any more/);
  });
});
