import { strict as assert } from 'node:assert';
import { pollUntil } from './poll-until.js';

const PATIENT = new AbortController().signal;

describe('polling', () => {
  it('asks again until the check says true', async () => {
    const answers = [false, false, true];
    assert.equal(await pollUntil(() => answers.shift() ?? false, 10_000, PATIENT), true);
    assert.equal(answers.length, 0);
  });

  it('gives up after its deadline, having asked at least once', async () => {
    const answers = [false];
    assert.equal(await pollUntil(() => answers.shift() ?? false, 0, PATIENT), false);
    assert.equal(answers.length, 0);
  });

  it('ends with the reason of an abort', async () => {
    const abort = new AbortController();
    const polling = pollUntil(() => false, 10_000, abort.signal);
    abort.abort(new Error('not wanted any more'));
    await assert.rejects(polling, /not wanted any more/);
  });
});
