import type { MemberSet } from './member.js';

/**
 * Where the watcher learns who is a member.
 *
 * `watch` yields the whole set first, then the whole set after each change; never a partial one and never one that the
 * source itself has reason to doubt (no known leader, an answer that does not parse). Retryable faults are retried for
 * ever with back-off and are reported through `onFault`; the first set after one is yielded even when it is the same, with
 * `afterFault`. The iteration ends only when `signal` aborts.
 */
export interface MembershipSource {
  readonly name: string;
  watch(service: string, signal: AbortSignal): AsyncIterable<MemberSet>;
}

/** How a source tells that it can, or cannot, reach its registry. Called on every change of that state, never per attempt. */
export interface SourceObserver {
  onFault(service: string, error: Error): void;
  onRecovered(service: string): void;
}
