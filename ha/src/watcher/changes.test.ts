import { strict as assert } from 'node:assert';
import type { Intent, MemberSet } from '@muster/membership';
import type { Drain } from '../drain/drain-tracker.js';
import { desiredServer, member, memberSet, runningServer, runningState } from '../fixture.test.js';
import type { GuardState, Verdict } from '../guard/guard.js';
import type { Step } from '../plan/plan.js';
import { changes, type Told } from './changes.js';
import { words } from './run-watcher.test.js';

const NOTHING: Told = {
  sets: new Map(),
  intents: new Map(),
  weights: new Map(),
  guards: new Map(),
  drains: new Map(),
  running: null,
};

const backend = 'webapp';
const sets = (set: MemberSet) => new Map([[backend, set]]);
const intents = (...pairs: readonly (readonly [string, Intent])[]) => new Map([[backend, new Map(pairs)]]);
const weights = (...pairs: readonly (readonly [string, number])[]) => new Map([[backend, new Map(pairs)]]);
const guards = (...verdicts: readonly Verdict[]): ReadonlyMap<string, GuardState> =>
  new Map([[backend, { index: '1', vanished: [], verdicts: new Map(verdicts.map((one) => [one.member.id, one])) }]]);
const drains = (patch: Partial<Drain> = {}): ReadonlyMap<string, Drain> => {
  const base = {
    backend,
    id: 'web-1',
    boot: 'b1',
    cause: 'announced',
    server: null,
    startedMs: 100,
    causedMs: 100,
  } as const;
  return new Map([['webapp/web-1', { ...base, drainedMs: null, idleLooks: 0, wanted: 'drain', ...patch }]]);
};
const running = (health: 'up' | 'down' | 'unknown') => runningState([runningServer('web-1', { health })]);

function told(before: Partial<Told>, now: Partial<Told>, done: readonly Step[] = []) {
  return changes({ ...NOTHING, ...before }, { ...NOTHING, ...now }, done);
}

describe('changes', () => {
  it('are none between two passes that knew the same', () => {
    const same: Told = {
      sets: sets({ ...memberSet(1, member('web-1')), rejected: [{ id: 'x', reason: 'bad' }] }),
      intents: intents(['web-1', 'drain']),
      weights: weights(['web-1', 4]),
      guards: guards({ member: member('web-1'), fate: 'serve', held: 'last-member' }),
      drains: drains({ drainedMs: 200 }),
      running: running('down'),
    };
    const equal = { ...same, sets: sets({ ...memberSet(2, member('web-1')), rejected: [{ id: 'x', reason: 'bad' }] }) };
    assert.deepEqual(changes(same, equal, []), []);
  });

  it('tell who came before what was done for it', () => {
    const done: Step[] = [{ kind: 'add', backend, server: desiredServer('web-1') }];
    const events = told({}, { sets: sets(memberSet(1, member('web-1'))) }, done);
    assert.deepEqual(words(events), ['member-join web-1', 'server-added web-1']);
    assert.deepEqual(events[1]?.detail, { address: '10.0.0.1', port: 3000 });
  });

  it('tell a weight that an operator sets, changes and resets, each once', () => {
    const four = weights(['web-1', 4]);
    const sentences = [
      told({}, { weights: four }),
      told({ weights: four }, { weights: four }),
      told({ weights: four }, { weights: weights(['web-1', 0]) }),
      told({ weights: four }, { weights: weights() }),
    ].map((events) => events.map(({ message, detail }) => `${message} ${detail.weight}`).join());
    assert.deepEqual(sentences, [
      'an operator set the weight of web-1 to 4 4',
      '',
      'an operator set the weight of web-1 to 0 0',
      'web-1 has its own weight again own',
    ]);
  });

  it('tell what a member says of its capacity', () => {
    const [event] = told(
      { sets: sets(memberSet(1, member('web-1'))) },
      { sets: sets(memberSet(2, member('web-1', { capacity: 40 }))) },
    );
    assert.deepEqual([event?.type, event?.detail.capacity], ['member-update', 40]);
    assert.equal(event?.message, 'web-1 can take 40 % of its share, by its own view');
  });

  it('tell a rejected entry once, and again when the reason changes', () => {
    const rejected = (index: number, reason: string) => ({ ...memberSet(index), rejected: [{ id: 'web-9', reason }] });
    const first = told({}, { sets: sets(rejected(1, 'no port')) });
    assert.deepEqual(words(first), ['member-rejected web-9']);
    assert.equal(first[0]?.message, 'web-9 skipped: no port');
    assert.deepEqual(told({ sets: sets(rejected(1, 'no port')) }, { sets: sets(rejected(2, 'no port')) }), []);
    assert.equal(told({ sets: sets(rejected(2, 'no port')) }, { sets: sets(rejected(3, 'no id')) }).length, 1);
  });

  it('have words for an entry without an id', () => {
    const [event] = told({}, { sets: sets({ ...memberSet(1), rejected: [{ id: '', reason: 'malformed' }] }) });
    assert.equal(event?.message, 'an entry without id skipped: malformed');
  });

  it('tell an intent when it is asked for, changed and lifted', () => {
    assert.deepEqual(
      [
        ...told({}, { intents: intents(['web-1', 'drain']) }),
        ...told({ intents: intents(['web-1', 'drain']) }, { intents: intents(['web-1', 'leave']) }),
        ...told({ intents: intents(['web-1', 'leave']) }, { intents: intents() }),
      ].map(({ detail }) => detail.intent),
      ['drain', 'leave', 'none'],
    );
  });

  it('tell the steps that show: added, ready and removed', () => {
    const steps: Step[] = [
      { kind: 'address', backend, server: desiredServer('web-1'), from: { address: '10.0.0.2', port: 3000 } },
      { kind: 'drain', backend, name: 'web-1' },
      { kind: 'maint', backend, name: 'web-1' },
      { kind: 'weight', backend, name: 'web-1', weight: 2 },
      { kind: 'ready', backend, name: 'web-2', down: false },
      { kind: 'remove', backend, name: 'web-3', admin: 'maint' },
    ];
    assert.deepEqual(words(told({}, {}, steps)), ['server-ready web-2', 'server-removed web-3']);
  });

  it('tell a member as held once, and again for another reason', () => {
    const held = (reason: Verdict['held']) => ({
      guards: guards({ member: member('web-1'), fate: 'serve', held: reason }),
    });
    assert.deepEqual(
      told(held(null), held('sudden-shrink')).map(({ detail }) => detail),
      [{ reason: 'sudden-shrink', status: 'alive' }],
    );
    assert.deepEqual(told(held('sudden-shrink'), held('sudden-shrink')), []);
    assert.deepEqual(words(told(held('sudden-shrink'), held('last-member'))), ['member-held web-1']);
    assert.deepEqual(told(held('last-member'), held(null)), []);
  });

  it('tell a server as down once, and as up only after it was down', () => {
    assert.deepEqual(words(told({ running: running('up') }, { running: running('down') })), ['server-down web-1']);
    assert.deepEqual(told({ running: running('down') }, { running: running('down') }), []);
    assert.deepEqual(words(told({ running: running('down') }, { running: running('up') })), ['server-up web-1']);
    assert.deepEqual(told({ running: running('unknown') }, { running: running('up') }), []);
    assert.deepEqual(told({}, { running: running('up') }), []);
  });

  it('do not tell a server as up that only waits to be removed: another one has its address', () => {
    const others = guards({ member: member('web-2'), fate: 'serve', held: null });
    assert.deepEqual(
      told({ running: running('down'), guards: others }, { running: running('up'), guards: others }),
      [],
    );
  });

  it('tell the start of a drain once, and its end once', () => {
    assert.deepEqual(words(told({}, { drains: drains() })), ['server-draining web-1']);
    assert.deepEqual(told({ drains: drains() }, { drains: drains() }), []);
    const [end, ...rest] = told({ drains: drains() }, { drains: drains({ drainedMs: 350 }) });
    assert.deepEqual([end?.type, end?.detail.elapsedMs, rest], ['server-drained', 250, []]);
    assert.deepEqual(told({ drains: drains({ drainedMs: 350 }) }, { drains: drains({ drainedMs: 350 }) }), []);
  });

  it('tell start and end of a drain that was over within one pass', () => {
    const events = told({}, { drains: drains({ drainedMs: 100 }) });
    assert.deepEqual(words(events), ['server-draining web-1', 'server-drained web-1']);
  });

  it('tell a drain that began anew', () => {
    const before = { drains: drains({ drainedMs: 200 }) };
    assert.deepEqual(words(told(before, { drains: drains({ startedMs: 900, causedMs: 900, boot: 'b2' }) })), [
      'server-draining web-1',
    ]);
  });

  it('do not say that a server takes requests which its check keeps out', () => {
    const [event] = told({}, {}, [{ kind: 'ready', backend, name: 'web-1', down: true }]);
    assert.doesNotMatch(event?.message ?? '', /takes requests/);
  });
});
