import { strict as assert } from 'node:assert';
import { figuresOf } from './figures.js';
import { answersOf, observed, record } from './fixture.test.js';
import { judge } from './promises.js';
import type { ProbeRecord } from './record.js';
import type { Observed } from './verdict.js';

const outcomes = (records: readonly ProbeRecord[], changes: Partial<Observed> = {}) =>
  Object.fromEntries(judge(observed(records, changes)).map(({ name, outcome }) => [name, outcome]));

const seenOf = (name: string, records: readonly ProbeRecord[], changes: Partial<Observed> = {}) =>
  judge(observed(records, changes)).find((one) => one.name === name)?.seen ?? '';

describe('the promise that no request fails', () => {
  it('is broken by a reset, by a 500 and by no answer, each told with its count', () => {
    const failed = [
      record(null, { status: null, error: 'ECONNRESET' }),
      record('a', { status: 502 }),
      record('a', { status: 502 }),
      record('a', { status: 404 }),
    ];
    assert.equal(outcomes(failed, { strategy: 'any' }).answered, 'broken');
    assert.equal(seenOf('answered', failed), '3 failed: status 502 x 2, ECONNRESET x 1');
  });

  it('is kept by answers below 500, but each must say who gave it', () => {
    assert.deepEqual(outcomes([record('a', { status: 404 })], { strategy: 'any' }), { answered: 'kept' });
    assert.equal(outcomes([record(null, { status: 400 })], { strategy: 'any' }).recognised, 'broken');
  });
});

describe('round robin', () => {
  it('is exact to one request per worker', () => {
    assert.deepEqual(outcomes(answersOf({ a: 34, b: 33, c: 33 })), {
      answered: 'kept',
      shares: 'kept',
      'in-turn': 'kept',
    });
    const uneven = answersOf({ a: 3335, b: 3333, c: 3332 });
    assert.deepEqual([outcomes(uneven).shares, outcomes(uneven)['in-turn']], ['kept', 'broken']);
    assert.equal(outcomes(uneven, { workers: 3 })['in-turn'], 'kept');
  });

  it('forgives a turn for each answer that nobody saw', () => {
    const uneven = answersOf({ a: 35, b: 33 });
    assert.equal(outcomes(uneven, { cut: 1 })['in-turn'], 'kept');
    assert.equal(outcomes([...uneven, record(null, { error: 'timeout', status: null })])['in-turn'], 'kept');
  });

  it('goes by weights where they differ, within two points', () => {
    const weights = new Map([
      ['a', 1],
      ['b', 3],
    ]);
    const judged = (a: number, b: number) => {
      const records = answersOf({ a, b });
      return outcomes(records, { figures: figuresOf(records, weights) });
    };
    assert.deepEqual(judged(269, 731), { answered: 'kept', shares: 'kept' });
    assert.deepEqual(judged(271, 729), { answered: 'kept', shares: 'broken' });
  });

  it('is not asked for halves of requests', () => {
    assert.equal(outcomes(answersOf({ a: 2, b: 1 })).shares, 'kept');
  });

  it('is broken by a member in service that gets nothing', () => {
    const records = answersOf({ a: 50, b: 50 });
    const weights = new Map(['a', 'b', 'c'].map((id) => [id, 1] as const));
    const judged = outcomes(records, { figures: figuresOf(records, weights) });
    assert.deepEqual([judged.shares, judged['in-turn']], ['broken', 'broken']);
  });
});

describe('random', () => {
  const records = answersOf({ a: 3634, b: 2958, c: 3408 });

  it('is judged by chi-square, on the ring of the balancer', () => {
    assert.equal(outcomes(records, { strategy: 'random' }).drawn, 'kept');
    assert.equal(outcomes(records, { strategy: 'random', balancer: 'nginx' }).drawn, 'broken');
    assert.equal(outcomes(answersOf({ a: 5_000, b: 5_000, c: 1 }), { strategy: 'random' }).drawn, 'broken');
    assert.match(
      seenOf('drawn', records, { strategy: 'random', balancer: 'nginx' }),
      /^p = 3\.7e-16, chi-square 71\.06 with 2 df$/,
    );
  });
});

describe('random of two under load', () => {
  const judged = (a: number, b: number, c: number) =>
    outcomes(answersOf({ a, b, c }), { strategy: 'random', balancer: 'nginx', clients: 16 }).drawn;

  it('may give the faster member more, which shows nothing of the draw', () => {
    assert.deepEqual([judged(3_333, 3_333, 3_334), judged(4_000, 3_500, 2_500)], ['kept', 'untested']);
  });

  it('may not give a share that no two draws can give', () => {
    // With three equals a member is drawn both times in 1/9 of the cases, at least once in 5/9.
    assert.deepEqual([judged(6_500, 2_000, 1_500), judged(4_700, 4_700, 600)], ['broken', 'broken']);
  });
});

describe('strategies without shares', () => {
  const records = answersOf({ a: 90, b: 10 });

  it('are held to nothing but answers', () => {
    for (const strategy of ['leastconn', 'any'] as const)
      assert.deepEqual(outcomes(records, { strategy }), { answered: 'kept' });
  });

  it('first: all on one member', () => {
    assert.equal(outcomes(records, { strategy: 'first' })['one-member'], 'broken');
    assert.equal(outcomes(answersOf({ a: 9 }), { strategy: 'first' })['one-member'], 'kept');
  });
});

describe('sticky sessions', () => {
  const sticky = { strategy: 'sticky', cookies: true } as const;
  const session = (client: number, ...members: readonly string[]) =>
    members.map((member, at) => record(member, { client, views: at + 1 }));

  it('stay on one member, each on its own', () => {
    const records = [...session(1, 'a', 'a'), ...session(2, 'b', 'b')];
    assert.deepEqual(outcomes(records, sticky), { answered: 'kept', sticky: 'kept', 'session-views': 'kept' });
  });

  it('are broken by one answer of another member', () => {
    const records = [...session(1, 'a', 'a', 'a'), ...session(2, 'b', 'a', 'b')];
    assert.equal(outcomes(records, sticky).sticky, 'broken');
    assert.equal(seenOf('sticky', records, sticky), '1 answers of 1 sessions came from others, first of client 2: a');
  });

  it('show nothing with one answer each', () => {
    assert.equal(outcomes(session(1, 'a'), sticky).sticky, 'untested');
  });

  it('lose no view', () => {
    const lost = [record('a', { views: 1 }), record('a', { views: 2 }), record('b', { views: 1 })];
    assert.equal(outcomes(lost, { cookies: true, strategy: 'any' })['session-views'], 'broken');
    const unknown = [record('a', { views: 1 }), record('a', { status: 500 }), record('a', { views: 3 })];
    assert.equal(outcomes(unknown, { cookies: true, strategy: 'any' })['session-views'], 'untested');
  });

  it('are not asked for views of an app that counts none', () => {
    assert.equal(outcomes([record('a'), record('a')], sticky)['session-views'], undefined);
  });
});

describe('hashing', () => {
  const uri = { strategy: 'uri' } as const;
  const to = (key: string, member: string) => record(member, { key });

  it('brings the same key to the same member', () => {
    assert.equal(outcomes([to('/1', 'a'), to('/2', 'b'), to('/1', 'a')], uri)['same-member'], 'kept');
    assert.equal(outcomes([to('/1', 'a'), to('/2', 'b'), to('/1', 'b')], uri)['same-member'], 'broken');
  });

  it('is untested when no key comes twice, or none is sent', () => {
    assert.equal(outcomes([to('/1', 'a'), to('/2', 'b')], uri)['same-member'], 'untested');
    const header = { strategy: 'header:X-User' } as const;
    assert.match(seenOf('same-member', [record('a')], header), /--header 'X-User: u\{n%500\}'/);
  });
});
