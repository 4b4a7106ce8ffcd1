import type { Member } from './member.js';

/** Serf's event names (Serf documentation, "Event handlers"), with `member-leaving` added for the announced leave. */
export type MemberEventType =
  | 'member-join'
  | 'member-leaving'
  | 'member-leave'
  | 'member-failed'
  | 'member-update'
  | 'member-reap';

/** One change of one member, as the registry sees it. */
export interface MemberEvent {
  readonly type: MemberEventType;
  readonly service: string;
  /** The member after the change; its last known state when it is now absent. */
  readonly member: Member;
}
