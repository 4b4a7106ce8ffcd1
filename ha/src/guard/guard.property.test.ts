import { strict as assert } from 'node:assert';
import type { Member } from '@muster/membership';
import fc from 'fast-check';
import { member, memberSet } from '../fixture.test.js';
import type { Health } from '../plan/desired.js';
import { forget, type GuardState, guard, type Verdict } from './guard.js';

const IDS = ['a', 'b', 'c', 'd', 'e'];
const WINDOW_MS = 10_000;

/** What a registry may say of one id, and what the balancer's check says at the same moment. */
const word = fc.record({
  listed: fc.constantFrom<Member['status'] | null>('alive', 'alive', 'leaving', 'failed', null, null),
  health: fc.constantFrom<Health>('up', 'up', 'unknown', 'down'),
});

const moment = fc.record({
  words: fc.tuple(word, word, word, word, word),
  index: fc.integer({ min: 0, max: 50 }),
  passedMs: fc.integer({ min: 0, max: 2 * WINDOW_MS }),
});

const served = ({ fate }: Verdict) => fate === 'serve';

describe('guard: properties', () => {
  it('never lets registry data alone take the last working member that did not announce a leave', () => {
    fc.assert(
      fc.property(
        fc.array(moment, { minLength: 2, maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (moments, share) => {
          let state: GuardState | null = null;
          let nowMs = 0;
          for (const { words, index, passedMs } of moments) {
            nowMs += passedMs;
            const listed = words.flatMap(({ listed: status }, at) =>
              status === null ? [] : [member(IDS[at] ?? '', { status })],
            );
            const set = memberSet(index, ...listed);
            const health = (id: string): Health => words[IDS.indexOf(id)]?.health ?? 'unknown';
            const works = (one: Verdict) => served(one) && health(one.member.id) !== 'down';
            const before: readonly Verdict[] = [...(state?.verdicts.values() ?? [])].filter(works);
            const after: GuardState = guard({
              state,
              set,
              health,
              nowMs,
              released: new Set(),
              drained: new Set<string>(),
              limits: { share, windowMs: WINDOW_MS },
            });
            const silent = before.filter(({ member: { id } }) => set.members.get(id)?.status !== 'leaving');
            assert.ok(silent.length === 0 || [...after.verdicts.values()].some(works));
            state = after;
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never lets more than the share go without a word within the window', () => {
    const count = 12;
    const everybody = Array.from({ length: count }, (_, at) => member(`web-${String(at).padStart(2, '0')}`));
    const removal = fc.record({ count: fc.integer({ min: 0, max: 4 }), passedMs: fc.integer({ min: 0, max: 6_000 }) });
    fc.assert(
      fc.property(
        fc.array(removal, { maxLength: 15 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (removals, share, quick) => {
          const limits = { share, windowMs: WINDOW_MS };
          const judge = (state: GuardState | null, left: number, nowMs: number) =>
            guard({
              state,
              set: memberSet(100 + count - left, ...everybody.slice(0, left)),
              health: () => 'up',
              released: new Set(),
              drained: new Set<string>(),
              nowMs,
              limits,
            });
          let left = count;
          let nowMs = 0;
          let state = judge(null, left, nowMs);
          const went: { readonly id: string; readonly atMs: number }[] = [];
          for (const one of removals) {
            nowMs += one.passedMs;
            left = Math.max(0, left - one.count);
            state = judge(state, left, nowMs);
            // Those that drain are gone before the next look, as slow or as quick as it gets.
            const drained = [...state.verdicts.values()].filter(({ fate }) => fate === 'drain');
            for (const {
              member: { id },
            } of drained)
              if (!went.some((known) => known.id === id)) went.push({ id, atMs: nowMs });
            if (quick) state = drained.reduce((kept, verdict) => forget(kept, verdict.member.id), state);
            const within = went.filter(
              ({ id, atMs }) => nowMs - atMs < WINDOW_MS && !(state.verdicts.get(id)?.fate === 'serve'),
            );
            assert.ok(within.length <= Math.max(1, share * count), `${within.length} of ${count} went, share ${share}`);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is stable: a second look at the same set changes nothing', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 8 }), (moments) => {
        let state: GuardState | null = null;
        let nowMs = 0;
        for (const { words, index, passedMs } of moments) {
          nowMs += passedMs;
          const listed = words.flatMap(({ listed: status }, at) =>
            status === null ? [] : [member(IDS[at] ?? '', { status })],
          );
          const input = {
            set: memberSet(index, ...listed),
            health: (id: string): Health => words[IDS.indexOf(id)]?.health ?? 'unknown',
            released: new Set<string>(),
            drained: new Set<string>(),
            nowMs,
            limits: { share: 0.5, windowMs: WINDOW_MS },
          };
          const once: GuardState = guard({ ...input, state });
          assert.deepEqual(guard({ ...input, state: once }), once);
          state = once;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
