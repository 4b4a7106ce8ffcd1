import { isFailed, type ProbeRecord } from '../record.js';
import { type Observed, untested, type Verdict, verdict } from '../verdict.js';

/** Sticky: all answers of a session come from the member of its first one. */
export function sessionsStay({ records }: Observed): Verdict {
  const promise = 'every session stays on one member: 100 %';
  const sessions = sessionsOf(records.filter(({ member }) => member !== null));
  const repeated = [...sessions.values()].filter((list) => list.length > 1);
  if (repeated.length === 0) return untested('sticky', promise, 'no session had a second answer');
  const moved = repeated.flatMap((list) => list.filter(({ member }) => member !== list[0]?.member));
  const first = moved[0];
  if (!first) return verdict('sticky', true, promise, `${sessions.size} sessions stayed`);
  const movers = new Set(moved.map(({ client }) => client)).size;
  const seen = `${moved.length} answers of ${movers} sessions came from others, first of client ${first.client}: ${first.member}`;
  return verdict('sticky', false, promise, seen);
}

/**
 * The webapp counts the views of a session. The count lives in the session: it grows by one with each answer, on whichever
 * member, or a session was lost on the way. After a failed request nobody knows whether it was counted.
 */
export function viewsGrow({ records }: Observed): readonly Verdict[] {
  if (!records.some(({ views }) => views !== null)) return [];
  const steps = [...sessionsOf(records).values()].flatMap(stepsOf);
  const promise = 'sessionViews grows by one with each answer';
  if (steps.length === 0) return [untested('session-views', promise, 'no session had a second answer')];
  const wrong = steps.filter(({ grewBy }) => grewBy !== 1);
  const [first] = wrong;
  const seen = first
    ? `${wrong.length} of ${steps.length} did not, first at client ${first.client}: by ${first.grewBy}`
    : `${steps.length} times`;
  return [verdict('session-views', !first, promise, seen)];
}

interface Growth {
  readonly client: number;
  readonly grewBy: number;
}

function stepsOf(list: readonly ProbeRecord[]): Growth[] {
  return list.flatMap((record, index) => {
    const before = list[index - 1];
    if (!before || isFailed(before) || isFailed(record)) return [];
    return before.views === null || record.views === null
      ? []
      : [{ client: record.client, grewBy: record.views - before.views }];
  });
}

/** A client with a cookie jar is a session; it sends one request after the other, so that records are in its order. */
function sessionsOf(records: readonly ProbeRecord[]): ReadonlyMap<number, readonly ProbeRecord[]> {
  const sessions = new Map<number, ProbeRecord[]>();
  for (const record of records) {
    const list = sessions.get(record.client);
    if (list) list.push(record);
    else sessions.set(record.client, [record]);
  }
  return sessions;
}
