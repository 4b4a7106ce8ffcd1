import { monotonicMs } from '../clock.js';
import type { Acknowledgement } from '../drain-board.js';
import type { Logger } from '../log.js';
import { type Balancers, liveBalancers } from './balancers.js';
import type { Latest } from './follow.js';

export type Acknowledgements = Latest<ReadonlyMap<string, Acknowledgement>>;

/** How a leave went: names of the balancers that did and did not acknowledge, in ascending order. */
export interface DrainResult {
  readonly acknowledged: readonly string[];
  readonly missing: readonly string[];
}

/** Who has to acknowledge one leave, and who has. */
export interface Roll {
  result(): DrainResult;
  /** Ends the listening; `result` stays as it is. */
  close(): void;
}

/**
 * Calls the roll of one leave, with one log line for each balancer that has drained. Every balancer that is alive when it
 * is opened, or at any time after, is on it, and only its acknowledgement takes it off: a registry that was wiped, or
 * that calls a balancer critical, proves nothing of the traffic which that balancer still sends. An acknowledgement is a
 * promise, so it stands when the registry loses it.
 */
export function openRoll(balancers: Balancers, service: string, acks: Acknowledgements, log: Logger): Roll {
  const startedMs = monotonicMs();
  const seen = new Set<string>();
  const acknowledged = new Set<string>();
  const note = () => {
    for (const name of liveBalancers(balancers, service)) seen.add(name);
  };
  const hear = () => {
    for (const { balancer, state, inFlight } of acks.value?.values() ?? []) {
      if (state !== 'drained' || acknowledged.has(balancer)) continue;
      acknowledged.add(balancer);
      log.info({ balancer, inFlight, elapsedMs: elapsed(startedMs) }, 'balancer acknowledged');
    }
  };
  note();
  hear();
  const ends = [balancers.onChange(note), acks.onChange(hear)];
  return {
    result: () => ({
      acknowledged: [...acknowledged].sort(),
      missing: [...seen].filter((name) => !acknowledged.has(name)).sort(),
    }),
    close() {
      for (const end of ends) end();
    },
  };
}

/** Whole milliseconds since `startedMs` of the monotonic clock. */
export function elapsed(startedMs: number): number {
  return Math.round(monotonicMs() - startedMs);
}
