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
