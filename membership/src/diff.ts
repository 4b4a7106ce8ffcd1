import type { MemberEvent, MemberEventType } from './event.js';
import type { Member, MemberSet } from './member.js';

/**
 * The events that lead from one set to the next, in ascending order of member id.
 *
 * new or failed→alive `member-join`; →failed `member-failed`; →leaving `member-leaving`; leaving→absent `member-leave`;
 * failed→absent `member-reap`; alive→absent `member-leave` (somebody deregistered it); any other change `member-update`.
 */
export function diff(previous: MemberSet | null, next: MemberSet): MemberEvent[] {
  const before = previous?.members ?? new Map<string, Member>();
  const ids = [...new Set([...before.keys(), ...next.members.keys()])].sort();
  return ids.flatMap((id) => {
    const was = before.get(id);
    const is = next.members.get(id);
    const type = eventType(was, is);
    const member = is ?? was;
    return type && member ? [{ type, service: next.service, member }] : [];
  });
}

function eventType(was: Member | undefined, is: Member | undefined): MemberEventType | null {
  if (!is) return was?.status === 'failed' ? 'member-reap' : was ? 'member-leave' : null;
  if (was?.status !== is.status) return statusEvent(was, is);
  return sameMember(was, is) ? null : 'member-update';
}

function statusEvent(was: Member | undefined, is: Member): MemberEventType {
  if (is.status === 'failed') return 'member-failed';
  if (is.status === 'leaving') return 'member-leaving';
  return was?.status === 'leaving' && was.boot === is.boot ? 'member-update' : 'member-join';
}

/** Whether two members are equal in every field, tags included. */
export function sameMember(a: Member, b: Member): boolean {
  return (
    a.id === b.id &&
    a.address === b.address &&
    a.port === b.port &&
    a.weight === b.weight &&
    a.capacity === b.capacity &&
    a.status === b.status &&
    a.role === b.role &&
    a.boot === b.boot &&
    sameTags(a.tags, b.tags)
  );
}

function sameTags(a: Member['tags'], b: Member['tags']): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
