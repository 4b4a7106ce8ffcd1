import { sameMember } from './diff.js';
import type { MemberSet } from './member.js';

/** Whether two sets of one service tell the same: members and rejections, whatever their index. */
export function sameSet(a: MemberSet, b: MemberSet): boolean {
  if (a.members.size !== b.members.size || a.rejected.length !== b.rejected.length) return false;
  if (!a.rejected.every((one, at) => one.id === b.rejected[at]?.id && one.reason === b.rejected[at]?.reason))
    return false;
  return [...a.members.values()].every((member) => {
    const other = b.members.get(member.id);
    return other !== undefined && sameMember(member, other);
  });
}

/** The newer of two sets, when nobody has read the first one: what that one said of a fault must not get lost with it. */
export function newerSet(unread: MemberSet, newer: MemberSet): MemberSet {
  return unread.afterFault ? { ...newer, afterFault: true } : newer;
}
