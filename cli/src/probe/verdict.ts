import type { MemberFigures } from './figures.js';
import type { ProbeRecord } from './record.js';
import type { Strategy } from './strategy.js';

/** Whether a promise was kept. `untested`: the run had nothing that could have shown the contrary. */
export interface Verdict {
  /** Stable, for programs. */
  readonly name: string;
  readonly outcome: 'kept' | 'broken' | 'untested';
  /** The promise with its bound, then what was seen. */
  readonly promise: string;
  readonly seen: string;
}

/** All that promises are judged by. */
export interface Observed {
  readonly strategy: Strategy;
  readonly records: readonly ProbeRecord[];
  readonly figures: readonly MemberFigures[];
  /** `haproxy` or `nginx`; null when it is not known. */
  readonly balancer: string | null;
  /** Processes that share out requests independently of one another. */
  readonly workers: number;
  /** Requests that were sent and not waited for (Ctrl-C): they took turns that nobody counted. */
  readonly cut: number;
  /** Requests that were open at a time. */
  readonly clients: number;
  readonly cookies: boolean;
}

/** A verdict that is either kept or broken. */
export function verdict(name: string, kept: boolean, promise: string, seen: string): Verdict {
  return { name, outcome: kept ? 'kept' : 'broken', promise, seen };
}

export function untested(name: string, promise: string, why: string): Verdict {
  return { name, outcome: 'untested', promise, seen: why };
}
