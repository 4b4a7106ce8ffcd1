import { strict as assert } from 'node:assert';
import { fromLog, timelineText } from './timeline.js';

const START = Date.parse('2026-11-22T00:00:00.000Z');

describe('the timeline of a recording', () => {
  it('puts what several say in the order of time, counted from the start', () => {
    const text = timelineText(
      [
        { atMs: START + 1_500, who: 'AWS', what: 'instance: running → terminated' },
        { atMs: START - 1, who: 'agent', what: 'instance known' },
        { atMs: START + 250, who: 'operator', what: 'terminates it' },
      ],
      START,
    );
    assert.deepEqual(text.split('\n'), [
      'time       who       what',
      'before     agent     instance known',
      't+0.250 s  operator  terminates it',
      't+1.500 s  AWS       instance: running → terminated',
    ]);
  });

  it('takes from a log what changed something, with its fields, and leaves out what differs in each run', () => {
    const line = { level: 30, time: '2026-11-22T00:00:02.000Z', pid: 7, name: 'muster-agent', boot: 'b', msg: 'left' };
    const happenings = fromLog('w1', [
      { ...line, elapsedMs: 12, missing: [] },
      { ...line, level: 20 },
      { time: 'no log line' },
    ]);
    assert.deepEqual(happenings, [{ atMs: START + 2_000, who: 'w1', what: 'left  elapsedMs=12  missing=[]' }]);
  });
});
