import { percent } from '../words.js';
import type { KeyFile } from './key-file.js';
import { ABOVE_ONCE_IN_A_THOUSAND } from './normal.js';
import { ringPoints } from './ring.js';
import type { Strategy } from './strategy.js';
import { untested, type Verdict, verdict } from './verdict.js';

/**
 * Where keys went, beside an earlier run. With the same members none moves (a reload keeps the hash). With others, at most
 * the share of those that came and went moves, and none between two that were there all the time: that is what consistent
 * hashing is for (Karger et al. 1997, "Consistent hashing and random trees").
 */
export function judgeMoves(before: KeyFile, now: KeyFile, balancer: string | null): readonly Verdict[] {
  const common = Object.keys(now.keys).filter((key) => key in before.keys);
  const promise = `keys stay where ${before.strategy} put them before`;
  if (before.strategy !== now.strategy) {
    return [
      untested('keys-moved', promise, `the earlier run was of ${before.strategy}, this one is of ${now.strategy}`),
    ];
  }
  if (common.length === 0) return [untested('keys-moved', promise, 'the two runs have no key in common')];
  if (Object.entries(now.members).some(([id, weight]) => (before.members[id] ?? weight) !== weight)) {
    return [untested('keys-moved', promise, 'a weight has changed since, which moves keys too')];
  }
  const moved = common.filter((key) => before.keys[key] !== now.keys[key]);
  const allowed = allowedShare(before, now, common.length, balancer);
  const share = moved.length / common.length;
  const seen = `${moved.length} of ${common.length} moved, ${percent(share)}`;
  const bound = allowed === 0 ? 'with the same members no key moves' : `at most ${percent(allowed)} of the keys move`;
  const verdicts = [verdict('keys-moved', share <= allowed, bound, seen)];
  return allowed === 0 ? verdicts : [...verdicts, strays(before, now, moved)];
}

function strays(before: KeyFile, now: KeyFile, moved: readonly string[]): Verdict {
  const promise = 'keys move only to members that came, or from those that went';
  const stayed = (id: string | undefined) => id !== undefined && id in before.members && id in now.members;
  const stray = moved.filter((key) => stayed(before.keys[key]) && stayed(now.keys[key]));
  const first = stray[0];
  const seen = first === undefined ? 'none else did' : `${stray.length} others did, first ${first}`;
  return verdict('keys-strayed', first === undefined, promise, seen);
}

/**
 * The weight share of who came or went, and what chance adds to it: a ring of A random points gives a share s with variance
 * s(1-s)/(A+1) (a part of a Dirichlet distribution), and K keys sample it with s(1-s)/K.
 */
function allowedShare(before: KeyFile, now: KeyFile, keys: number, balancer: string | null): number {
  const came = shareOfOthers(now, before);
  const went = shareOfOthers(before, now);
  const share = Math.min(1, came + went);
  if (share === 0) return 0;
  const total = Math.min(totalOf(now), totalOf(before));
  const points = ringPoints(now.strategy as Strategy, balancer, total) ?? 0;
  const deviation = Math.sqrt(share * (1 - share) * (1 / (points + 1) + 1 / keys));
  return Math.min(1, share + ABOVE_ONCE_IN_A_THOUSAND * deviation);
}

/** The weight share of those in `one` that are not in `other`. */
function shareOfOthers(one: KeyFile, other: KeyFile): number {
  const extra = Object.entries(one.members).filter(([id]) => !(id in other.members));
  return totalOf(one) === 0 ? 0 : extra.reduce((sum, [, weight]) => sum + weight, 0) / totalOf(one);
}

function totalOf({ members }: KeyFile): number {
  return Object.values(members).reduce((sum, weight) => sum + weight, 0);
}
