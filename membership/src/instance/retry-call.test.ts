import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { retryCall } from './retry-call.js';

function start<T>(call: () => Promise<T | undefined>, signal: AbortSignal) {
  const said: unknown[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => void said.push(JSON.parse(line)) });
  const result = retryCall(call, 'not done yet', log, signal);
  return {
    result,
    said: () => said.map((line) => (({ msg, error }) => [msg, error])(line as Record<string, unknown>)),
  };
}

describe('a call to AWS', () => {
  it('is made again after a failure, which is told, and when it was too early, which is not', async () => {
    const answers = [() => Promise.reject(new Error('slower')), async () => undefined, async () => false];
    const { result, said } = start(async () => answers.shift()?.(), new AbortController().signal);
    assert.equal(await result, false);
    assert.deepEqual(said(), [['not done yet', 'slower']]);
  });

  it('is given up when there is no more time, without a word of what was broken off by that', async () => {
    const stop = new AbortController();
    let calls = 0;
    const brokenOff = async () => {
      calls += 1;
      stop.abort();
      throw new Error('aborted');
    };
    const { result, said } = start(brokenOff, stop.signal);
    assert.equal(await result, undefined);
    assert.deepEqual([calls, said()], [1, []]);
  });
});
