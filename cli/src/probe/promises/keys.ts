import { countOf } from '../../words.js';
import { collectKeys } from '../keys.js';
import { type Observed, untested, type Verdict, verdict } from '../verdict.js';

/** Hashing by source, uri or header: the same key finds the same member, as long as the members are the same. */
export function sameMemberPerKey({ strategy, records }: Observed): Verdict {
  const promise = `the same ${keyWord(strategy)} always finds the same member`;
  const { keys, seen, split } = collectKeys(records);
  if (keys.size === 0) return untested('same-member', promise, howToSendKeys(strategy));
  if (seen === keys.size) return untested('same-member', promise, 'no key came twice: {n%500} makes keys that do');
  const [first] = split;
  const text = first ? `${split.length} of ${keys.size} keys moved, first ${first}` : countOf(keys.size, 'key');
  return verdict('same-member', !first, promise, `${text}, ${seen} answers`);
}

/** `first` fills the member with the lowest id, and goes on to the next only when that one is full (SERVER_MAXCONN). */
export function allOnOne({ figures }: Observed): Verdict {
  const promise = 'all on one member, as long as it is not full';
  const used = figures.filter(({ requests }) => requests > 0).map(({ member }) => member);
  if (used.length === 0) return untested('one-member', promise, 'nobody answered');
  const seen = used.length === 1 ? `all on ${used[0]}` : `on ${used.join(', ')}; fewer --clients, or a higher limit?`;
  return verdict('one-member', used.length === 1, promise, seen);
}

function keyWord(strategy: string): string {
  if (strategy === 'source') return 'client address';
  return strategy === 'uri' ? 'path' : strategy.replace(':', ' ');
}

function howToSendKeys(strategy: string): string {
  const name = strategy.slice('header:'.length);
  return strategy.startsWith('header:') ? `no key was sent: --header '${name}: u{n%500}'` : 'nobody answered';
}
