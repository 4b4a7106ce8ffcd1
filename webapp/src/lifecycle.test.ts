import { strict as assert } from 'node:assert';
import { createLifecycle } from './lifecycle.js';

describe('the lifecycle', () => {
  it('goes from starting over ready to stopping', () => {
    const lifecycle = createLifecycle();
    assert.equal(lifecycle.phase, 'starting');
    lifecycle.ready();
    assert.equal(lifecycle.phase, 'ready');
    lifecycle.stop();
    assert.equal(lifecycle.phase, 'stopping');
    assert.ok(lifecycle.stopping.aborted);
  });

  it('never becomes ready again after a stop', () => {
    const lifecycle = createLifecycle();
    lifecycle.stop();
    lifecycle.ready();
    assert.equal(lifecycle.phase, 'stopping');
  });
});
