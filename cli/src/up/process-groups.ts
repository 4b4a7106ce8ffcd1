import { sleep } from '@muster/membership';
import { childrenOf, identify, type ProcessIdentity } from './process-info.js';

/** An agent starts its app within milliseconds of its own start. */
const FIND_EVERY_MS = 25;

export interface GroupOptions {
  /** Whether the children lead groups of their own. */
  readonly hasOffspring: boolean;
  /** Called for each group as it is found. */
  readonly started: (leader: ProcessIdentity) => void;
}

/**
 * The group of a process, and from soon on those of its offspring: the array grows until `ended` aborts. They have to be
 * known while their parent lives, because nothing leads from an orphan back to it.
 */
export function watchGroups(
  leader: ProcessIdentity,
  options: GroupOptions,
  ended: AbortSignal,
): readonly ProcessIdentity[] {
  const groups = [leader];
  options.started(leader);
  if (options.hasOffspring) void findOffspring(groups, leader, options, ended);
  return groups;
}

async function findOffspring(
  groups: ProcessIdentity[],
  leader: ProcessIdentity,
  { started }: GroupOptions,
  ended: AbortSignal,
): Promise<void> {
  while (!ended.aborted && groups.length === 1) {
    await sleep(FIND_EVERY_MS, ended);
    const found = ended.aborted ? [] : childrenOf(leader.pid).flatMap((pid) => identify(pid) ?? []);
    for (const group of found) {
      groups.push(group);
      started(group);
    }
  }
}
