import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { byName, runningServer } from '../fixture.test.js';
import { assignServerIds } from './server-id.js';

const NONE = byName<ReturnType<typeof runningServer>>([]);
const idOf = (name: string) => assignServerIds([name], NONE).get(name) ?? 0;

describe('server ids', () => {
  it('are the same after every start', () => {
    const hash = createHash('sha1').update('web-1').digest().readUInt32BE(0);
    assert.equal(idOf('web-1'), 10_000 + (hash % 2 ** 30));
    assert.equal(idOf('web-1'), idOf('web-1'));
    assert.notEqual(idOf('web-1'), idOf('web-2'));
  });

  it('do not depend on who else is there, nor on the order', () => {
    const some = assignServerIds(['web-3', 'web-1'], NONE);
    const all = assignServerIds(['web-1', 'web-2', 'web-3'], NONE);
    assert.equal(some.get('web-1'), all.get('web-1'));
    assert.equal(some.get('web-3'), all.get('web-3'));
  });

  it('stay with a server that runs', () => {
    const running = byName([runningServer('web-1', { serverId: 77 })]);
    assert.equal(assignServerIds(['web-1'], running).get('web-1'), 77);
  });

  it('step aside for a server that runs under the same number, also for one that is about to go', () => {
    const running = byName([runningServer('old', { serverId: idOf('web-1') })]);
    assert.equal(assignServerIds(['web-1'], running).get('web-1'), idOf('web-1') + 1);
  });

  it('differ for two new names of the same hash, whatever their order', () => {
    const names = ['web-6043', 'web-73736'];
    assert.equal(idOf('web-6043'), idOf('web-73736'));
    const given = assignServerIds(names, NONE);
    assert.notEqual(given.get('web-6043'), given.get('web-73736'));
    assert.deepEqual(assignServerIds([...names].reverse(), NONE), given);
  });

  it('are unique, positive, and within 31 bits, whatever runs', () => {
    const name = fc.stringMatching(/^[a-f]{1,2}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.uniqueArray(name), fc.nat({ max: 3 }), (wanted, others, offset) => {
        // Running servers sit exactly where the wanted ones, or their neighbours, would go.
        const ids = [...new Set(others.map((other, at) => idOf(wanted[at] ?? other) + offset))];
        const running = byName(ids.map((serverId, at) => runningServer(others[at] ?? '', { serverId })));
        const given = assignServerIds(wanted, running);
        const fresh = wanted.filter((one) => !running.has(one));
        const all = [...[...running.values()].map(({ serverId }) => serverId), ...fresh.map((one) => given.get(one))];
        assert.equal(new Set(all).size, all.length);
        for (const id of given.values()) assert.ok(id > 0 && id < 2 ** 31);
      }),
      { numRuns: 1_000 },
    );
  });
});
