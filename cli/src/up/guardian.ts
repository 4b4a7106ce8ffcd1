/**
 * A process of its own beside `muster up`: it holds the other end of a pipe, and when that ends without a goodbye (up
 * was killed) it ends every process group that up announced and removes the run directory. Started by `guardian-link.ts`
 * with the run directory and the pid of up as its arguments.
 */
import { createInterface } from 'node:readline';
import { monotonicMs, sleep } from '@muster/membership';
import { z } from 'zod';
import { runDirAt } from '../run-dir.js';
import { readOwner } from './owner.js';
import { childrenOf, groupLives, type ProcessIdentity, signalIfThere } from './process-info.js';
import { removeRunDir } from './remove-run-dir.js';

/** Members first and gently: they still tell a shared registry that they leave. */
const WAIT_MS = { member: 3_000, service: 1_500 } as const;

const messageSchema = z.union([
  z.object({
    announce: z.object({ pid: z.number().int().min(2), started: z.string(), rank: z.enum(['member', 'service']) }),
  }),
  z.object({ withdraw: z.number().int() }),
]);

export type GuardianMessage = z.infer<typeof messageSchema>;
export type Rank = 'member' | 'service';

const groups = new Map<number, ProcessIdentity & { readonly rank: Rank }>();

// Whoever ends `up` may signal everything in sight: this process goes last.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const dir = runDirAt(process.argv[2] ?? '');
const charge = Number(process.argv[3]);
for await (const line of createInterface({ input: process.stdin })) receive(line);
await end('member');
await end('service');
// The owner is checked: after a long clean-up the folder could be another cluster's.
if (readOwner(dir)?.up.pid === charge) removeRunDir(dir);
process.exit(0);

function receive(line: string): void {
  try {
    const message = messageSchema.parse(JSON.parse(line));
    if ('announce' in message) groups.set(message.announce.pid, message.announce);
    else groups.delete(message.withdraw);
  } catch {
    // A torn last line of a killed writer.
  }
}

/** SIGTERM to the leaders, then SIGKILL to what is left of their groups. */
async function end(rank: Rank): Promise<void> {
  const leaders = [...groups.values()].filter((group) => group.rank === rank && groupLives(group));
  // An app gets its SIGTERM from its agent, after the drain.
  const apps = leaders.flatMap(({ pid }) => (rank === 'member' ? childrenOf(pid) : []));
  for (const { pid } of leaders) if (!apps.includes(pid)) signalIfThere(pid, 'SIGTERM');
  const deadline = monotonicMs() + WAIT_MS[rank];
  while (leaders.some(groupLives) && monotonicMs() < deadline) await sleep(20);
  for (const leader of leaders.filter(groupLives)) signalIfThere(-leader.pid, 'SIGKILL');
}
