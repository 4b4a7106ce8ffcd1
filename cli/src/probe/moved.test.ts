import { strict as assert } from 'node:assert';
import type { KeyFile } from './key-file.js';
import { judgeMoves } from './moved.js';

/** A hundred keys, dealt out to the members in turn. */
function run(members: readonly string[], changes: Readonly<Record<string, string>> = {}): KeyFile {
  const keys = Array.from({ length: 100 }, (_, at) => [`k${at}`, members[at % members.length] ?? ''] as const);
  return {
    strategy: 'uri',
    members: Object.fromEntries(members.map((id) => [id, 1])),
    keys: { ...Object.fromEntries(keys), ...changes },
  };
}

/** The first so many keys now at `member`. */
const movedTo = (member: string, count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, member]));

const joined = (changes: Readonly<Record<string, string>>): KeyFile => ({
  ...run(['a', 'b', 'c'], changes),
  members: { a: 1, b: 1, c: 1, d: 1 },
});

const outcomes = (before: KeyFile, now: KeyFile) =>
  Object.fromEntries(judgeMoves(before, now, 'haproxy').map(({ name, outcome }) => [name, outcome]));

describe('keys beside an earlier run', () => {
  const before = run(['a', 'b', 'c']);

  it('stay where they were, to the last one, while the members are the same', () => {
    assert.deepEqual(outcomes(before, run(['a', 'b', 'c'])), { 'keys-moved': 'kept' });
    assert.deepEqual(outcomes(before, run(['a', 'b', 'c'], { k0: 'b' })), { 'keys-moved': 'broken' });
  });

  it('move to a member that came, about its share', () => {
    assert.deepEqual(outcomes(before, joined(movedTo('d', 30))), { 'keys-moved': 'kept', 'keys-strayed': 'kept' });
    assert.equal(outcomes(before, joined(movedTo('d', 60)))['keys-moved'], 'broken');
  });

  it('do not move between members that were there all the time', () => {
    assert.equal(outcomes(before, joined({ k0: 'b' }))['keys-strayed'], 'broken');
  });

  it('move away from a member that went', () => {
    const now = { ...run(['a', 'b', 'c']), members: { a: 1, b: 1 } };
    const keys = Object.fromEntries(Object.entries(now.keys).map(([key, at]) => [key, at === 'c' ? 'a' : at]));
    assert.deepEqual(outcomes(before, { ...now, keys }), { 'keys-moved': 'kept', 'keys-strayed': 'kept' });
  });

  it('are not judged after another weight, another strategy, or without a key in common', () => {
    assert.deepEqual(outcomes(before, { ...before, members: { a: 2, b: 1, c: 1 } }), { 'keys-moved': 'untested' });
    assert.deepEqual(outcomes(before, { ...before, strategy: 'source' }), { 'keys-moved': 'untested' });
    assert.deepEqual(outcomes(before, { ...before, keys: { other: 'a' } }), { 'keys-moved': 'untested' });
  });
});
