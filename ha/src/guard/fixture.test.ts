// No tests of its own: steps of the guard, and what they came to.
import type { Member } from '@muster/membership';
import { member } from '../fixture.test.js';
import type { Health } from '../plan/desired.js';
import { type GuardInput, type GuardState, guard } from './guard.js';

const LIMITS = { share: 0.5, windowMs: 10_000 };

/** Ten members, all the guard needs to have a shrink to judge. */
export const TEN = Array.from({ length: 10 }, (_, index) => member(`web-${index}`));

/** One step with every check passing, unless the input says otherwise. */
export function step(state: GuardState | null, input: Partial<GuardInput> & Pick<GuardInput, 'set'>): GuardState {
  return guard({
    state,
    health: () => 'up',
    released: new Set(),
    drained: new Set<string>(),
    nowMs: 0,
    limits: LIMITS,
    ...input,
  });
}

/** `web-1 serve`, `web-2 drain`, `web-3 serve (check-passes)`: what became of everybody. */
export function told(state: GuardState): string[] {
  return [...state.verdicts.values()].map(
    ({ member: { id }, fate, held }) => `${id} ${fate}${held === null ? '' : ` (${held})`}`,
  );
}

/** A check that says `health` of one member, and `rest` of the others. */
export function only(id: string, health: Health, rest: Health = 'up'): (id: string) => Health {
  return (asked) => (asked === id ? health : rest);
}

export function without(all: readonly Member[], ...ids: readonly string[]): Member[] {
  return all.filter(({ id }) => !ids.includes(id));
}
