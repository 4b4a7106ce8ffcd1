import { strict as assert } from 'node:assert';
import { byName, runningServer } from '../fixture.test.js';
import type { AdminState } from './desired.js';
import { lastInService } from './last-in-service.js';

const ready = (...names: string[]) => names.map((name) => ({ name, weight: 1, admin: 'ready' as AdminState }));
const up = (name: string) => runningServer(name, { health: 'up' });
const down = (name: string) => runningServer(name, { health: 'down' });

describe('lastInService', () => {
  it('is the only server', () => {
    assert.equal(lastInService(ready('a'), byName([up('a')])), 'a');
  });

  it('is the one that is left when the others are down, drain, or have no weight', () => {
    assert.equal(lastInService(ready('a', 'b'), byName([down('a'), up('b')])), 'b');
    assert.equal(
      lastInService([...ready('a'), { name: 'b', weight: 0, admin: 'ready' }], byName([up('a'), up('b')])),
      'a',
    );
    assert.equal(
      lastInService([...ready('a'), { name: 'b', weight: 1, admin: 'drain' }], byName([up('a'), up('b')])),
      'a',
    );
  });

  it('is one that the balancer was not yet told of, when all are found down in one look', () => {
    const marked = (name: string, markedDown: boolean) => runningServer(name, { health: 'down', markedDown });
    const all = byName([marked('a', true), marked('b', false), marked('c', false)]);
    assert.equal(lastInService(ready('a', 'b', 'c'), all), 'b');
    assert.equal(lastInService(ready('a'), byName([marked('a', true)])), null);
    assert.equal(lastInService(ready('a', 'b'), byName([down('a'), down('b')])), null);
  });

  it('is nobody among several, and nobody when another is just being added', () => {
    assert.equal(lastInService(ready('a', 'b'), byName([up('a'), up('b')])), null);
    assert.equal(lastInService(ready('a', 'b'), byName([up('a')])), null);
  });

  it('is nobody that is down, or was not checked yet', () => {
    assert.equal(lastInService(ready('a'), byName([down('a')])), null);
    assert.equal(lastInService(ready('a'), byName([runningServer('a', { health: 'unknown' })])), null);
  });
});
