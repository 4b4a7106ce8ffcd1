import { strict as assert } from 'node:assert';
import { eventLine } from './event-line.js';
import { plainPaint } from './terminal.js';

const EVENT = {
  seq: 1,
  at: '2026-01-01T00:00:00.000Z',
  type: 'member-join',
  service: 'webapp',
  member: 'web-1',
  message: 'web-1 joined (127.0.0.1:3001)',
  detail: {},
};

describe('an event line', () => {
  it('is the local time, the type and the sentence as the watcher words it', () => {
    assert.match(
      eventLine(EVENT, plainPaint),
      /^\d\d:\d\d:00\.000 {2}member-join {7}web-1 joined \(127\.0\.0\.1:3001\)$/,
    );
  });

  it('lets no control character reach the terminal', () => {
    const hostile = { ...EVENT, at: '\u001b[2J', type: 'a\u001bb', message: 'c\u001bd' };
    assert.equal(eventLine(hostile, plainPaint).includes('\u001b'), false);
  });
});
