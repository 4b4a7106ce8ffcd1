import { strict as assert } from 'node:assert';
import type { CheckResult } from './check-server.js';
import { checkedHealth, firstVerdict, judgeCheck, pauseMs, type ServerVerdict } from './verdict.js';

const RULE = { path: '/readyz', intervalMs: 300, fastMs: 100, downMs: 200, timeoutMs: 500 };

/** The verdict after these checks; `+` passes, `-` answers badly, `.` is silent, `?` is unclear. */
function after(checks: string, from = firstVerdict(false)): ServerVerdict {
  const results: Readonly<Record<string, CheckResult>> = { '+': 'passes', '-': 'answers', '.': 'silent' };
  return [...checks].reduce((was, check) => judgeCheck(was, results[check] ?? 'unclear'), from);
}

describe('verdict on a server', () => {
  it('is up after one check that passes, and down after two in a row that do not', () => {
    const health = (checks: string) => checkedHealth(after(checks)).health;
    assert.deepEqual(['', '-', '+', '+-', '+-+-', '+--', '--', '+--+'].map(health), [
      ...['unknown', 'unknown', 'up', 'up', 'up', 'down', 'down', 'up'],
    ]);
  });

  it('stays down, where the config says so, until a check passes', () => {
    const health = (checks: string) => checkedHealth(after(checks, firstVerdict(true))).health;
    assert.deepEqual(['', '-', '+', '?'].map(health), ['down', 'down', 'up', 'down']);
  });

  it('tells whether the last check got an answer', () => {
    assert.deepEqual(
      ['', '+', '-', '.', '.-', '.?'].map((checks) => after(checks).answers),
      [true, true, true, false, true, false],
    );
  });

  it('is not changed by a check that is unclear', () => {
    const one = after('+-');
    assert.equal(judgeCheck(one, 'unclear'), one);
  });

  it('says when to look again: soon after a first failure', () => {
    assert.deepEqual(
      ['', '?', '+', '-', '+-', '+--', '+--+'].map((checks) => pauseMs(after(checks), RULE)),
      [300, 300, 300, 100, 100, 200, 300],
    );
  });
});
