import { z } from 'zod';
import type { ImdsAnswer } from './imds.js';

/** Where AWS says, below `latest/`, that an instance is to end (EC2 user guide, "Instance metadata categories"). */
export const NOTICE_PATHS = {
  lifecycle: 'meta-data/autoscaling/target-lifecycle-state',
  spot: 'meta-data/spot/instance-action',
  rebalance: 'meta-data/events/recommendations/rebalance',
} as const;

export type NoticeAnswers = Readonly<Record<keyof typeof NOTICE_PATHS, ImdsAnswer>>;

/** What AWS has in mind with this instance. */
export interface Notice {
  /** Why it ends: its group lets it go, or the spot market takes it back. Null: it goes on, as far as we know. */
  readonly why: 'terminated' | 'spot' | null;
  /** When EC2 takes it, ms of the wall clock; null when nobody said. */
  readonly endsAtMs: number | null;
  /** When AWS recommended to replace it: a hint that an interruption is likelier. Nothing ends. */
  readonly rebalanceAt: string | null;
  /** What could not be read. It changes nothing: who cannot be asked has not said anything. */
  readonly faults: readonly string[];
}

/** Stop and hibernate take the instance away as well as terminate does. */
const spotSchema = z.object({
  action: z.enum(['terminate', 'stop', 'hibernate']),
  time: z.iso.datetime(),
});

const rebalanceSchema = z.object({ noticeTime: z.iso.datetime() });

/** What the answers of one look mean. */
export function readNotice(answers: NoticeAnswers): Notice {
  const spot = parse(answers.spot, spotSchema);
  const rebalance = parse(answers.rebalance, rebalanceSchema);
  const { lifecycle } = answers;
  const isTerminated = lifecycle.kind === 'item' && lifecycle.text.trim() === 'Terminated';
  const faults = [lifecycle.kind === 'fault' ? lifecycle.reason : null, spot.fault, rebalance.fault];
  return {
    why: spot.value ? 'spot' : isTerminated ? 'terminated' : null,
    endsAtMs: spot.value ? Date.parse(spot.value.time) : null,
    rebalanceAt: rebalance.value?.noticeTime ?? null,
    faults: faults.filter((fault) => fault !== null),
  };
}

/**
 * What is known after another look. An end that was announced stands, whatever is said or not said later, because members
 * have been asked to leave by then. The earlier end counts.
 */
export function mergeNotices(before: Notice, now: Notice): Notice {
  const ends = [before.endsAtMs, now.endsAtMs].filter((ms) => ms !== null);
  return {
    ...now,
    why: before.why === 'spot' || now.why === 'spot' ? 'spot' : (before.why ?? now.why),
    endsAtMs: ends.length === 0 ? null : Math.min(...ends),
    rebalanceAt: now.rebalanceAt ?? before.rebalanceAt,
  };
}

export const NO_NOTICE: Notice = { why: null, endsAtMs: null, rebalanceAt: null, faults: [] };

/** An item that is not what AWS documents is no reason to take an instance out of service. */
function parse<T>(answer: ImdsAnswer, schema: z.ZodType<T>): { value: T | null; fault: string | null } {
  if (answer.kind !== 'item') return { value: null, fault: answer.kind === 'fault' ? answer.reason : null };
  try {
    return { value: schema.parse(JSON.parse(answer.text)), fault: null };
  } catch {
    return { value: null, fault: `not understood: ${JSON.stringify(answer.text.slice(0, 80))}` };
  }
}
