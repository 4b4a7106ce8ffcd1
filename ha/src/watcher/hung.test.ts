import { strict as assert } from 'node:assert';
import { runningServer, runningState } from '../fixture.test.js';
import { createHungFinder } from './hung.js';

const state = (health: 'up' | 'down') => runningState([runningServer('web-1', { health, answers: health === 'up' })]);
const HUNG = [{ backend: 'webapp', name: 'web-1' }];

describe('hung finder', () => {
  it('names a server once it has been down for long enough, and only once', () => {
    const finder = createHungFinder(1_000);
    assert.deepEqual(finder.find(state('down'), 0), []);
    assert.ok(finder.waiting());
    assert.deepEqual(finder.find(state('down'), 999), []);
    assert.deepEqual(finder.find(state('down'), 1_000), HUNG);
    assert.equal(finder.waiting(), false);
    assert.deepEqual(finder.find(state('down'), 5_000), []);
  });

  it('counts anew after the server was up, or was gone', () => {
    for (const between of [state('up'), runningState([])]) {
      const finder = createHungFinder(1_000);
      finder.find(state('down'), 0);
      finder.find(between, 900);
      assert.equal(finder.waiting(), false);
      assert.deepEqual(finder.find(state('down'), 1_000), []);
      assert.deepEqual(finder.find(state('down'), 2_000), HUNG);
    }
  });

  it('never names a server that is down but answers its check: it works on its requests', () => {
    const finder = createHungFinder(0);
    const stopping = runningState([runningServer('web-1', { health: 'down', answers: true })]);
    for (const nowMs of [0, 1, 2]) assert.deepEqual(finder.find(stopping, nowMs), []);
  });

  it('never names a server that is up or unknown', () => {
    const finder = createHungFinder(0);
    assert.deepEqual(finder.find(state('up'), 0), []);
    assert.deepEqual(finder.find(runningState([runningServer('web-1', { health: 'unknown' })]), 0), []);
  });
});
