import { figuresOf } from '../../../cli/src/probe/figures.js';
import type { KeyFile } from '../../../cli/src/probe/key-file.js';
import { collectKeys } from '../../../cli/src/probe/keys.js';
import { judgeMoves } from '../../../cli/src/probe/moved.js';
import type { ProbeRecord } from '../../../cli/src/probe/record.js';
import { isHashing } from '../../../cli/src/probe/strategy.js';
import { eventually } from '../../support/eventually.js';
import { type BalancingLoad, startBalancingLoad } from './load.js';
import type { Result } from './result.js';
import { resultOf } from './situations.js';
import type { Stage } from './stage.js';
import type { Shown } from './strategy-list.js';

/** In each of the three parts that are compared: before, after the join, while one drains. */
export const PART = 2_500;
const JOINING = 'w4';
const DRAINING = 'w2';

/** A part of the run in which the members were the same. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly weights: ReadonlyMap<string, number>;
}

/** w4 joins and w2 is drained, under load; then w4 leaves as on `docker stop`. */
export async function showChurn(stage: Stage, shown: Shown, signal: AbortSignal): Promise<Result> {
  const { cluster } = stage;
  const load = startBalancingLoad({ url: cluster.url, shown, requests: 1_000_000 }, signal);
  const startedReloads = await cluster.reloads();
  try {
    const before = await part(stage, load);
    await cluster.startMember(JOINING);
    await cluster.expectServing(['w1', 'w2', 'w3', JOINING]);
    const joined = await part(stage, load);
    await cluster.api.ask('drain', DRAINING);
    await cluster.expectServing(['w1', 'w3', JOINING]);
    const drained = await part(stage, load);
    await cluster.api.ask('ready', DRAINING);
    await cluster.stopGracefully(JOINING);
    await cluster.expectServing(['w1', 'w2', 'w3']);
    load.stop();
    const seen = await load.done;
    const between = ({ from, to }: Part) => seen.records.filter((_, at) => inside(seen.times[at], from, to));
    const shares = [before, joined, drained].map((one) => shareText(between(one), one.weights)).join(' → ');
    const reloads = (await cluster.reloads()) - startedReloads;
    // Of the run as a whole no shares are promised, but that no request fails, and no session ends.
    const result = await resultOf({ stage, shown, situation: 'churn', seen, judged: 'any' });
    const moves = [
      [before, joined],
      [joined, drained],
    ].flatMap(([one, two]) => (one && two ? moved(stage, shown, [between(one), one], [between(two), two]) : []));
    return { ...result, verdicts: [...result.verdicts, ...moves], notes: [shares, `${reloads} reloads`] };
  } finally {
    load.stop();
    await load.done;
  }
}

async function part({ weights }: Stage, load: BalancingLoad): Promise<Part> {
  const from = performance.now();
  const target = load.answered() + PART;
  await eventually(() => {
    if (load.answered() < target) throw new Error(`${load.answered()} of ${target} requests answered`);
  }, 60_000);
  return { from, to: performance.now(), weights: await weights() };
}

/** What was under way at a change belongs to neither part: 50 ms of it are left out. */
function inside(at: number | undefined, from: number, to: number): boolean {
  return at !== undefined && at >= from + 50 && at <= to;
}

function shareText(records: readonly ProbeRecord[], weights: ReadonlyMap<string, number>): string {
  return figuresOf(records, weights)
    .filter(({ requests, expected }) => requests > 0 || expected > 0)
    .map(({ member, share }) => `${member} ${Math.round(share * 100)}`)
    .join(', ');
}

/**
 * The last answer of each key counts: after a reload a leaving worker of NGINX answers one more request on each connection
 * that is kept, by the members that it was started with.
 */
function moved({ program }: Stage, { strategy }: Shown, ...parts: readonly [readonly ProbeRecord[], Part][]) {
  if (!isHashing(strategy)) return [];
  const [was, is] = parts.map(
    ([records, { weights }]): KeyFile => ({
      strategy,
      members: Object.fromEntries(weights),
      keys: Object.fromEntries(collectKeys([...records].reverse()).keys),
    }),
  );
  return was && is ? judgeMoves(was, is, program.name) : [];
}
