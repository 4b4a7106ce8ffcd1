import { strict as assert } from 'node:assert';
import type { Wake } from '@muster/membership';
import { createPace, type Pace } from './pace.js';

const NEVER = new AbortController().signal;

/** A wake that answers at once, and keeps how long it was asked to wait. */
function wakeThat(called: boolean): Wake & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    call() {},
    async wait(ms) {
      asked.push(ms);
      return called;
    },
  };
}

/** For how long `pace` would wait for a call. */
async function look(pace: Pace, drainingMs: number | null): Promise<number> {
  const wake = wakeThat(false);
  await pace.rest(wake, drainingMs, NEVER);
  return wake.asked[0] ?? assert.fail('the wake was not asked');
}

describe('pace', () => {
  it('looks closer together while a member drains, and closest at the beginning', async () => {
    const pace = createPace();
    const [idle, young, old] = [await look(pace, null), await look(pace, 0), await look(pace, 60_000)];
    assert.ok(young < old && old < idle, `${young} < ${old} < ${idle}`);
  });

  it('comes sooner when it was asked to, for one rest only', async () => {
    const pace = createPace();
    const usual = await look(pace, null);
    pace.soon(1);
    assert.equal(await look(pace, null), 1);
    assert.equal(await look(pace, null), usual);
  });

  it('never waits longer because it was asked to come soon', async () => {
    const pace = createPace();
    const [usual, draining] = [await look(pace, null), await look(pace, 0)];
    pace.soon(60_000);
    assert.ok((await look(pace, null)) >= usual);
    pace.soon(60_000);
    assert.equal(await look(pace, 0), draining);
  });

  it('does not listen to calls after a fault, until a pass succeeds', async () => {
    const pace = createPace();
    const wake = wakeThat(true);
    pace.failed();
    await pace.rest(wake, null, AbortSignal.abort());
    pace.failed();
    await pace.rest(wake, 0, AbortSignal.abort());
    assert.deepEqual(wake.asked, []);
    pace.succeeded();
    await pace.rest(wake, null, NEVER);
    assert.equal(wake.asked.length, 1);
  });

  it('is hurried after a call, and not after a look by itself', async () => {
    const pace = createPace();
    assert.equal(pace.hurried, false);
    await pace.rest(wakeThat(true), null, NEVER);
    assert.equal(pace.hurried, true);
    await pace.rest(wakeThat(false), null, NEVER);
    assert.equal(pace.hurried, false);
  });

  it('is due for statistics at first, and then once a second', () => {
    const pace = createPace();
    const due = [0, 1, 999, 1_000, 1_999, 2_000].map((nowMs) => pace.dueForStatistics(nowMs));
    assert.deepEqual(due, [true, false, false, true, false, true]);
  });

  it('ends its rest when the signal aborts', async () => {
    const pace = createPace();
    pace.changed();
    await pace.rest(wakeThat(true), null, AbortSignal.abort());
  });
});
