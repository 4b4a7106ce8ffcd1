import { strict as assert } from 'node:assert';
import { announcedAfter, dueCall, type Happening, nextPhase } from './phase.js';

describe('the phases of an agent', () => {
  const walk = (...happenings: Happening[]) => happenings.reduce(nextPhase, 'waiting');

  it('joins only once the app is healthy', () => {
    assert.equal(walk('app-unhealthy'), 'waiting');
    assert.equal(walk('app-healthy'), 'joined');
  });

  it('fails with the app and comes back with it', () => {
    assert.equal(walk('app-healthy', 'app-unhealthy'), 'failing');
    assert.equal(walk('app-healthy', 'app-unhealthy', 'app-healthy'), 'joined');
  });

  it('never comes back from leaving', () => {
    assert.equal(walk('app-healthy', 'leave-asked', 'app-unhealthy', 'app-healthy', 'leave-asked'), 'leaving');
    assert.equal(walk('app-healthy', 'leave-asked', 'leave-done', 'app-healthy'), 'left');
  });

  it('has left at once when it never joined', () => {
    assert.equal(walk('leave-asked'), 'left');
  });

  it('calls the registrar until the registry says what the phase says', () => {
    assert.equal(dueCall('waiting', 'nothing'), null);
    assert.equal(dueCall('joined', 'nothing'), 'join');
    assert.equal(dueCall('joined', 'alive'), 'heartbeat');
    assert.equal(dueCall('failing', 'alive'), 'fail');
    assert.equal(dueCall('failing', 'failed'), null);
    assert.equal(dueCall('joined', 'failed'), 'heartbeat');
    assert.equal(dueCall('leaving', 'failed'), 'leaving');
    assert.equal(dueCall('leaving', 'leaving'), 'heartbeat');
    assert.equal(dueCall('left', 'leaving'), null);
  });

  it('joins again to replace an entry that is stale, while it serves and only then', () => {
    assert.equal(dueCall('joined', 'alive', true), 'join');
    assert.equal(dueCall('joined', 'failed', true), 'join');
    assert.equal(dueCall('failing', 'alive', true), 'fail');
    assert.equal(dueCall('failing', 'failed', true), null);
    assert.equal(dueCall('leaving', 'leaving', true), 'heartbeat');
  });

  it('keeps leaving announced through heartbeats', () => {
    assert.equal(announcedAfter('heartbeat', 'leaving'), 'leaving');
    assert.equal(announcedAfter('heartbeat', 'failed'), 'alive');
  });
});
