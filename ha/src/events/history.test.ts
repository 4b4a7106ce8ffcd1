import { strict as assert } from 'node:assert';
import type { RecordedEvent } from './event.js';
import { createHistory } from './history.js';

const event = (seq: number): RecordedEvent => {
  return { type: 'intent', service: null, member: null, message: '', detail: {}, seq, at: '' };
};

function filled(count: number, capacity?: number) {
  const history = createHistory(capacity);
  for (let seq = 1; seq <= count; seq += 1) history.emit(event(seq));
  return (since: number) => history.since(since).map(({ seq }) => seq);
}

describe('the event history', () => {
  it('is empty at first', () => assert.deepEqual(filled(0)(0), []));

  it('keeps the latest events in order', () => {
    assert.deepEqual(filled(2, 3)(0), [1, 2]);
    assert.deepEqual(filled(3, 3)(0), [1, 2, 3]);
    assert.deepEqual(filled(8, 3)(0), [6, 7, 8]);
  });

  it('keeps 1000 events', () => {
    const all = filled(2500)(0);
    assert.deepEqual([all.length, all[0], all.at(-1)], [1000, 1501, 2500]);
  });

  it('gives what came after a number, and nothing after the latest', () => {
    const since = filled(8, 3);
    assert.deepEqual([since(2), since(7), since(8)], [[6, 7, 8], [8], []]);
  });

  it('gives everything after a number of an earlier watcher', () => assert.deepEqual(filled(8, 3)(9), [6, 7, 8]));
});
