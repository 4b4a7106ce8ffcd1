import { strict as assert } from 'node:assert';
import type { Document } from './document.js';
import { Leases } from './leases.js';

describe('Leases', () => {
  const beat = (heartbeat: number, more: object = {}): Map<string, Document> =>
    new Map([['a', { value: { id: 'a', ttlMs: 1_000, heartbeat, ...more } }]]);
  const status = (leases: Leases) => leases.candidates().map((one) => (one.fields as { status: string }).status);

  it('starts a lease when it first sees the file, whatever its counter says', () => {
    const leases = new Leases('web');
    assert.equal(leases.update(beat(99), 5_000), true);
    assert.deepEqual(status(leases), ['alive']);
    assert.equal(leases.dueInMs(5_400), 600);
  });

  it('fails a member whose counter has not moved for its TTL', () => {
    const leases = new Leases('web');
    const files = beat(1);
    leases.update(files, 0);
    assert.equal(leases.update(files, 999), false);
    assert.equal(leases.update(files, 1_000), true);
    assert.deepEqual(status(leases), ['failed']);
  });

  it('does not take a file that was written again without a beat for a sign of life', () => {
    const leases = new Leases('web');
    leases.update(beat(1), 0);
    leases.update(beat(1), 900);
    leases.update(beat(1), 1_000);
    leases.update(beat(1), 1_100);
    assert.equal(leases.dueInMs(1_100), Number.POSITIVE_INFINITY);
  });

  it('says that nothing changed for a beat alone', () => {
    const leases = new Leases('web');
    leases.update(beat(1), 0);
    assert.equal(leases.update(beat(2), 500), false);
    assert.equal(leases.dueInMs(500), 1_000);
  });

  it('brings a failed member back with its next beat', () => {
    const leases = new Leases('web');
    const files = beat(1);
    leases.update(files, 0);
    leases.update(files, 1_000);
    assert.equal(leases.update(beat(2), 1_500), true);
    assert.deepEqual(status(leases), ['alive']);
  });

  it('keeps a leaving member leaving without a beat, and lets it be reaped', () => {
    const leases = new Leases('web');
    const files = beat(1, { status: 'leaving' });
    leases.update(files, 0);
    assert.equal(leases.update(files, 1_000), false);
    assert.deepEqual(status(leases), ['leaving']);
    assert.deepEqual(leases.reapable(500, 1_499), []);
    assert.deepEqual(leases.reapable(500, 1_500), ['a']);
  });

  it('counts the time to reap from the first failure, beats or not', () => {
    const leases = new Leases('web');
    leases.update(beat(1, { status: 'failed' }), 0);
    leases.update(beat(2, { status: 'failed' }), 900);
    assert.deepEqual(leases.reapable(1_000, 1_000), ['a']);
  });

  it('starts every lease anew when the watcher itself has been stopped', () => {
    const leases = new Leases('web');
    const files = beat(1);
    leases.update(files, 0);
    assert.equal(leases.update(files, 60_000), false);
    assert.deepEqual(status(leases), ['alive']);
    assert.equal(leases.update(files, 61_000), true);
    assert.deepEqual(status(leases), ['failed']);
  });
});
