import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { eventually } from '../../../test/support/eventually.js';
import { MusterError } from '../errors.js';
import { holdHook, releaseHook } from './hold-hook.js';
import type { Completion, Lifecycle } from './lifecycle.js';

const log = pino({ level: 'silent' });
const always = () => true;
const throttled = () => Promise.reject(new MusterError('aws-throttled', 'slower', { retryable: true }));

/** A hook that answers so, one after the other, the last one for ever. */
function hookThat(...answers: (() => Promise<Completion>)[]) {
  const seen = { heartbeats: 0, completions: 0 };
  const lifecycle: Lifecycle = {
    heartbeatMs: async () => 10,
    end: async () => true,
    async heartbeat() {
      seen.heartbeats += 1;
      return seen.heartbeats > 1 ? true : throttled();
    },
    complete() {
      const answer = answers[Math.min(seen.completions, answers.length - 1)];
      seen.completions += 1;
      return answer?.() ?? throttled();
    },
  };
  return { lifecycle, seen };
}

describe('a hook', () => {
  it('is held by one heartbeat after another, until it need not be', async () => {
    const { lifecycle, seen } = hookThat();
    const stop = new AbortController();
    const held = holdHook(lifecycle, log, stop.signal);
    await eventually(() => assert.ok(seen.heartbeats > 4));
    stop.abort();
    await held;
  });

  it('is released when AWS is throttling no more and the hook has begun', async () => {
    const { lifecycle, seen } = hookThat(
      throttled,
      async () => 'not-yet',
      async () => 'completed',
    );
    await releaseHook(lifecycle, always, log, new AbortController().signal);
    assert.equal(seen.completions, 3);
  });

  it('is let be when there is nothing to release', async () => {
    const { lifecycle, seen } = hookThat(async () => 'nothing');
    await releaseHook(lifecycle, always, log, new AbortController().signal);
    assert.equal(seen.completions, 1);
  });

  it('is kept while a member is back, which joined again meanwhile', async () => {
    const { lifecycle, seen } = hookThat(async () => 'completed');
    let looks = 0;
    const mayEnd = () => {
      looks += 1;
      assert.equal(seen.completions, 0);
      return looks > 2;
    };
    await releaseHook(lifecycle, mayEnd, log, new AbortController().signal);
    assert.deepEqual([looks, seen.completions], [3, 1]);
  });

  it('is given up when the time for it is over', async () => {
    const { lifecycle, seen } = hookThat(throttled);
    const over = new AbortController();
    const released = releaseHook(lifecycle, always, log, over.signal);
    await eventually(() => assert.ok(seen.completions > 0));
    over.abort();
    await released;
  });
});
