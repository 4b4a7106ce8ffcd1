import type { Registration } from './member.js';

/**
 * One member's own entry in the registry. Each call resolves when the registry has accepted it, and rejects with a
 * `MusterError` (`retryable` says whether the same call may succeed later). Calls are idempotent.
 */
export interface Registrar {
  readonly name: string;
  /** Creates or replaces the entry, status alive. */
  join(self: Registration, signal: AbortSignal): Promise<void>;
  /** Renews the lease (status alive). Joins again by itself when the registry has forgotten the entry. */
  heartbeat(self: Registration, signal: AbortSignal): Promise<void>;
  /** Marks the entry failed, with a reason for humans; the next `heartbeat` makes it alive again. */
  fail(self: Registration, reason: string, signal: AbortSignal): Promise<void>;
  /** Announces the leave: status leaving until `leave`. Later heartbeats renew the lease and keep it leaving. */
  leaving(self: Registration, signal: AbortSignal): Promise<void>;
  /** Removes the entry. Also correct for an entry that is already gone. */
  leave(service: string, id: string, signal: AbortSignal): Promise<void>;
  /**
   * Removes an entry whoever made it: for an operator's `leave` of a member that has no agent. Rejects with
   * `member-elsewhere` when only another machine can.
   */
  evict(service: string, id: string, signal: AbortSignal): Promise<void>;
}
