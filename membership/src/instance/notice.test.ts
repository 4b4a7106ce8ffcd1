import { strict as assert } from 'node:assert';
import type { ImdsAnswer } from './imds.js';
import { mergeNotices, NO_NOTICE, type NoticeAnswers, readNotice } from './notice.js';

const ABSENT: ImdsAnswer = { kind: 'absent' };
const NOTHING: NoticeAnswers = { lifecycle: ABSENT, spot: ABSENT, rebalance: ABSENT };
const item = (text: string): ImdsAnswer => ({ kind: 'item', text });
const spot = (action: string, time: string) => ({ ...NOTHING, spot: item(JSON.stringify({ action, time })) });

describe('what the metadata service says of the end of an instance', () => {
  it('is nothing while no item is there', () => {
    assert.deepEqual(readNotice(NOTHING), NO_NOTICE);
  });

  it('is an end only for the state Terminated', () => {
    for (const state of ['InService', 'Standby', 'Warmed:Stopped', 'terminated', ''])
      assert.equal(readNotice({ ...NOTHING, lifecycle: item(state) }).why, null, state);
    assert.equal(readNotice({ ...NOTHING, lifecycle: item('Terminated\n') }).why, 'terminated');
  });

  it('is an end at a time for a spot interruption, whatever becomes of the instance', () => {
    for (const action of ['terminate', 'stop', 'hibernate']) {
      const notice = readNotice(spot(action, '2026-11-22T08:22:00Z'));
      assert.deepEqual([notice.why, notice.endsAtMs], ['spot', Date.UTC(2026, 10, 22, 8, 22)], action);
    }
  });

  it('is no end for the recommendation to rebalance', () => {
    const notice = readNotice({ ...NOTHING, rebalance: item('{"noticeTime":"2026-11-22T08:22:00Z"}') });
    assert.deepEqual(notice, { ...NO_NOTICE, rebalanceAt: '2026-11-22T08:22:00Z' });
  });

  it('is nothing, and a fault, where it was not said or not understood', () => {
    const fault: ImdsAnswer = { kind: 'fault', reason: 'status 500' };
    assert.deepEqual(readNotice({ lifecycle: fault, spot: ABSENT, rebalance: ABSENT }), {
      ...NO_NOTICE,
      faults: ['status 500'],
    });
    for (const text of [
      '<html>',
      '{}',
      '{"action":"reboot","time":"2026-11-22T08:22:00Z"}',
      '{"action":"stop","time":"soon"}',
    ]) {
      const notice = readNotice({ ...NOTHING, spot: item(text) });
      assert.equal(notice.why, null, text);
      assert.equal(notice.faults.length, 1, text);
    }
  });

  it('does not unmake an end that one item announced because another cannot be read', () => {
    const notice = readNotice({
      ...NOTHING,
      lifecycle: item('Terminated'),
      spot: { kind: 'fault', reason: 'time-out' },
    });
    assert.deepEqual([notice.why, notice.faults], ['terminated', ['time-out']]);
  });
});

describe('what is known after another look', () => {
  const terminated = readNotice({ ...NOTHING, lifecycle: item('Terminated') });
  const early = readNotice(spot('terminate', '2026-11-22T08:00:00Z'));
  const late = readNotice(spot('terminate', '2026-11-22T09:00:00Z'));

  it('keeps an end that is no longer said', () => {
    assert.equal(mergeNotices(terminated, NO_NOTICE).why, 'terminated');
    assert.deepEqual(mergeNotices(early, { ...NO_NOTICE, faults: ['time-out'] }), { ...early, faults: ['time-out'] });
  });

  it('takes the earlier of two ends, and a spot notice in the middle of a leave', () => {
    assert.equal(mergeNotices(late, early).endsAtMs, early.endsAtMs);
    assert.equal(mergeNotices(early, late).endsAtMs, early.endsAtMs);
    assert.deepEqual(mergeNotices(terminated, early), early);
  });
});
