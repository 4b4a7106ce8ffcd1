import { strict as assert } from 'node:assert';
import { eventually } from '../../../test/support/eventually.js';
import { cell } from '../agent/follow.js';
import { leaveWithinMs, startLeaveDeadline } from './leave-deadline.js';
import { NO_NOTICE, type Notice } from './notice.js';

describe('the deadline of a leave', () => {
  it('is 20 s before EC2 takes the instance, or the time-out when that is sooner', () => {
    assert.equal(leaveWithinMs(120_000, 300_000, 0), 100_000);
    assert.equal(leaveWithinMs(120_000, 60_000, 0), 60_000);
    assert.equal(leaveWithinMs(null, 60_000, 10_000), 50_000);
    assert.equal(leaveWithinMs(15_000, 60_000, 0), 0);
  });

  it('is over when it is released', () => {
    const deadline = startLeaveDeadline(cell<Notice>(), 60_000);
    assert.equal(deadline.signal.aborted, false);
    deadline.release();
    assert.equal(deadline.signal.aborted, true);
  });

  it('comes sooner when a spot notice comes in the middle of the leave', async () => {
    const notices = cell<Notice>();
    notices.set({ ...NO_NOTICE, why: 'terminated' });
    const deadline = startLeaveDeadline(notices, 60_000);
    assert.ok(deadline.remainingMs() > 50_000);
    notices.set({ ...NO_NOTICE, why: 'spot', endsAtMs: Date.now() + 20_050 });
    // A timer may fire a millisecond before the wall clock gets there.
    await eventually(() => assert.deepEqual([deadline.signal.aborted, deadline.remainingMs()], [true, 0]));
    deadline.release();
  });
});
