import { allOnOne, sameMemberPerKey } from './promises/keys.js';
import { drawnByWeight } from './promises/random.js';
import { sessionsStay, viewsGrow } from './promises/sessions.js';
import { inTurn, sharesByWeight } from './promises/shares.js';
import { isFailed } from './record.js';
import { isHashing } from './strategy.js';
import { type Observed, type Verdict, verdict } from './verdict.js';

/** Every promise that the strategy makes, judged: first that all are answered, then its own, then that sessions go on. */
export function judge(observed: Observed): readonly Verdict[] {
  return [...answered(observed), ...promisesOf(observed), ...(observed.cookies ? viewsGrow(observed) : [])];
}

function promisesOf(observed: Observed): readonly Verdict[] {
  const { strategy } = observed;
  if (isHashing(strategy)) return [sameMemberPerKey(observed)];
  switch (strategy) {
    case 'roundrobin':
      return [sharesByWeight(observed), inTurn(observed)].flat();
    case 'weighted':
      return [sharesByWeight(observed)];
    case 'random':
      return [drawnByWeight(observed)];
    case 'sticky':
      return [sessionsStay(observed)];
    case 'first':
      return [allOnOne(observed)];
    default:
      // leastconn goes by open requests, which the speed of the members decides: it promises no shares.
      return [];
  }
}

function answered({ records }: Observed): readonly Verdict[] {
  const failed = records.filter(isFailed);
  const nameless = records.filter((record) => !isFailed(record) && record.member === null).length;
  const seen = failed.length === 0 ? `${records.length} answered` : `${failed.length} failed: ${reasons(failed)}`;
  const verdicts = [verdict('answered', failed.length === 0, 'no request fails', seen)];
  if (nameless === 0) return verdicts;
  const unknown = `${nameless} answers below 500 do not say who gave them`;
  return [...verdicts, verdict('recognised', false, 'every answer comes from a member', unknown)];
}

/** `ECONNRESET x 3, status 503 x 2`, the most frequent first. */
function reasons(failed: Observed['records']): string {
  const counts = new Map<string, number>();
  for (const { error, status } of failed) {
    const reason = error ?? `status ${status}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return sorted.map(([reason, count]) => `${reason} x ${count}`).join(', ');
}
