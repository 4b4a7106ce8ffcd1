import { strict as assert } from 'node:assert';
import { member, memberSet } from '../fixture.test.js';
import type { GuardState, Verdict } from '../guard/guard.js';
import { createReleased } from './released.js';

const guards = (held: Verdict['held'], ...ids: readonly string[]): ReadonlyMap<string, GuardState> => {
  const verdicts = ids.map((id): [string, Verdict] => [id, { member: member(id), fate: 'serve', held }]);
  return new Map([['webapp', { index: '1', vanished: [], verdicts: new Map(verdicts) }]]);
};
const NOBODY = new Map([['webapp', memberSet(2)]]);
const ALIVE = new Map([['webapp', memberSet(2, member('web-1'))]]);

describe('members that were let go', () => {
  const released = () => {
    const made = createReleased(['webapp']);
    made.add('webapp', 'web-1');
    made.add('unknown', 'web-1');
    return made;
  };
  const ids = ({ ids }: ReturnType<typeof released>) => [...ids].map(([service, some]) => [service, ...some]);

  it('are known until they are gone', () => {
    const made = released();
    made.forget(guards('sudden-shrink', 'web-1'), NOBODY);
    assert.deepEqual(ids(made), [['webapp', 'web-1']]);
    made.forget(guards('sudden-shrink', 'web-2'), NOBODY);
    assert.deepEqual(ids(made), [['webapp']]);
  });

  it('are like any other once they are alive and not held', () => {
    const made = released();
    made.forget(guards('sudden-shrink', 'web-1'), ALIVE);
    assert.deepEqual(ids(made), [['webapp', 'web-1']]);
    made.forget(guards(null, 'web-1'), ALIVE);
    assert.deepEqual(ids(made), [['webapp']]);
  });
});
