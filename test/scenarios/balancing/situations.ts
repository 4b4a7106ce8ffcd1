import { strict as assert } from 'node:assert';
import { figuresOf } from '../../../cli/src/probe/figures.js';
import { judge } from '../../../cli/src/probe/promises.js';
import type { Strategy } from '../../../cli/src/probe/strategy.js';
import { eventually } from '../../support/eventually.js';
import { type LoadSeen, startBalancingLoad } from './load.js';
import type { Result, SituationName } from './result.js';
import type { Stage } from './stage.js';
import type { Shown } from './strategy-list.js';

const REQUESTS = 10_000;
/** Fewer, because the slow member makes some strategies crawl. */
const SLOW_REQUESTS = 3_000;
export const SLOW_MEMBER = 'w2';
/** Of that member, in milliseconds. */
export const SLOW_MS = 50;
/** `first` goes to the next member only when one is full. */
const FULL_AT = '6';
const WEIGHTS: Readonly<Record<string, number>> = { w1: 1, w2: 2, w3: 4 };

/** Three equal members. */
export async function showEqual(stage: Stage, shown: Shown, signal: AbortSignal): Promise<Result> {
  const load = startBalancingLoad({ url: stage.cluster.url, shown, requests: REQUESTS }, signal);
  return resultOf({ stage, shown, situation: 'equal', seen: await load.done });
}

/** One of the three answers every page 50 ms later. */
export async function showSlow(stage: Stage, shown: Shown, signal: AbortSignal): Promise<Result> {
  const isFirst = shown.balance === 'first';
  if (isFirst) await stage.change({ BALANCE: shown.balance, SERVER_MAXCONN: FULL_AT });
  await delayMember(stage, SLOW_MS);
  try {
    const load = startBalancingLoad({ url: stage.cluster.url, shown, path: '/', requests: SLOW_REQUESTS }, signal);
    const seen = await load.done;
    const notes = isFirst ? [`SERVER_MAXCONN=${FULL_AT}, so that there is a next one`] : [];
    // With a member that can be full, and one that is slow, nothing is promised of shares.
    const judged: Strategy = isFirst || shown.strategy === 'random' ? 'any' : shown.strategy;
    return await resultOf({ stage, shown, situation: 'slow', seen, judged, notes });
  } finally {
    await delayMember(stage, 0);
  }
}

/** An operator gives the three the weights 1, 2 and 4, live. */
export async function showWeights(stage: Stage, shown: Shown, signal: AbortSignal): Promise<Result> {
  await weigh(stage, (id) => WEIGHTS[id] ?? 1);
  try {
    const load = startBalancingLoad({ url: stage.cluster.url, shown, requests: REQUESTS }, signal);
    const judged = shown.strategy === 'roundrobin' ? 'weighted' : shown.strategy;
    return await resultOf({ stage, shown, situation: 'weights', seen: await load.done, judged });
  } finally {
    await weigh(stage, () => null);
  }
}

interface Shot {
  readonly stage: Stage;
  readonly shown: Shown;
  readonly situation: SituationName;
  readonly seen: LoadSeen;
  readonly judged?: Strategy;
  readonly notes?: readonly string[];
}

/** Judged by what `muster probe` judges by. */
export async function resultOf({ stage, shown, situation, seen, judged, notes = [] }: Shot): Promise<Result> {
  const { records, tookMs, cut } = seen;
  const { strategy, clients } = shown;
  const figures = figuresOf(records, await stage.weights());
  const facts = { records, figures, balancer: stage.program.name, clients, cookies: strategy === 'sticky', cut };
  const verdicts = judge({ ...facts, strategy: judged ?? strategy, workers: 1 });
  // Half of the clients keep their connections: see `startBalancingLoad`.
  const sent = { url: stage.cluster.url, method: 'GET', wanted: records.length + cut, keepAlive: true };
  return { ...sent, ...facts, strategy, tookMs, verdicts, situation, shown, notes };
}

async function delayMember({ cluster }: Stage, delayMs: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${cluster.member(SLOW_MEMBER).port}/delay`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ delay: delayMs }),
  });
  if (!answer.ok) throw new Error(`POST /delay: ${answer.status} ${await answer.text()}`);
}

/** Resolves when they run: the balancer's own may be larger, by one factor for all. */
async function weigh(stage: Stage, weightOf: (id: string) => number | null): Promise<void> {
  const { cluster } = stage;
  const ids = [...cluster.members.keys()];
  for (const id of ids) await cluster.api.setWeight(id, weightOf(id));
  const shares = (weights: readonly number[]) => weights.map((one) => one / Math.max(...weights));
  await eventually(async () => {
    const running = await stage.weights();
    const now = shares(ids.map((id) => running.get(id) ?? 0));
    assert.deepEqual(now, shares(ids.map((id) => weightOf(id) ?? 1)), 'the weights are not in force');
  });
}
