import type { MemberEventType } from '@muster/membership';

/** What happened on the balancer's side. */
export type BalancerEventType =
  | 'server-added'
  | 'server-draining'
  | 'server-drained'
  | 'server-ready'
  | 'server-removed'
  | 'server-down'
  | 'server-up'
  | 'server-cut'
  | 'member-held'
  | 'member-rejected'
  | 'registry-fault'
  | 'registry-recovered'
  | 'intent'
  | 'weight'
  | 'config-applied'
  | 'config-refused'
  | 'apply-failed';

export type ClusterEventType = MemberEventType | BalancerEventType;

/** One line of the cluster's history: the same shape in the log, the API, the CLI and a hook. */
export interface ClusterEvent {
  readonly type: ClusterEventType;
  /** Backend that it is about; null for the whole balancer. */
  readonly service: string | null;
  /** Member id, or null when it is not about one member. */
  readonly member: string | null;
  /** One sentence for humans. */
  readonly message: string;
  /** Figures and names for programs; times end in `Ms`. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** An event as it was recorded. */
export interface RecordedEvent extends ClusterEvent {
  /** Grows by one per event of this watcher. */
  readonly seq: number;
  /** ISO 8601 wall-clock time, for display only. */
  readonly at: string;
}
