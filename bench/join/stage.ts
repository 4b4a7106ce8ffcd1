import type { Joiner } from './joiner.js';
import type { BenchRegistry } from './registry.js';

/** What Muster promises: at most so many times the floor. */
export interface JoinPromise {
  readonly p50: number;
  readonly p99: number;
}

/** A running cluster with one member, ready for joins. */
export interface JoinStage {
  /** Such as `HAProxy 3.2.26`. */
  readonly balancer: string;
  readonly registry: BenchRegistry;
  readonly joiner: Joiner;
  readonly promise: JoinPromise;
}
