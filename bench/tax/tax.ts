import { titleOf } from '../../test/support/balancer-can.js';
import type { RunningProcess } from '../../test/support/processes.js';
import { type Balancer, chooseBalancers } from '../balancers.js';
import { machine } from '../machine.js';
import type { BenchOptions } from '../options.js';
import type { Teardown } from '../teardown.js';
import { cpuMicroseconds } from './cpu-time.js';
import type { LoadGenerator } from './load.js';
import { nodeLoad } from './node-load.js';
import { reportTax, SIDES, type Side, type TaxRound, type TaxSlice } from './report.js';
import { startStage, type TaxStage } from './stage.js';
import { findWrk } from './wrk.js';

/** Measures each balancer in turn. True when every promise was kept. */
export async function benchTax(options: BenchOptions, teardown: Teardown): Promise<boolean> {
  const load = await chooseLoad(options.load);
  console.log(`tax: ${machine()}\n${load.title}, ${options.seconds} slices of 1 s a round, 4 members`);
  let kept = true;
  for (const balancer of chooseBalancers(options)) {
    kept = (await measure(balancer, load, options, teardown)) && kept;
    await teardown.run();
  }
  return kept;
}

async function measure(
  balancer: Balancer,
  load: LoadGenerator,
  { pairs, seconds }: BenchOptions,
  teardown: Teardown,
): Promise<boolean> {
  const stage = await startStage(balancer, teardown);
  await runRound(stage, load, 1);
  const rounds: TaxRound[] = [];
  while (rounds.length < pairs) rounds.push(await runRound(stage, load, seconds));
  return reportTax(titleOf(balancer), rounds);
}

/** Slices of one second, there and back: what the machine does meanwhile, and slowly, falls on all sides alike. */
async function runRound(stage: TaxStage, load: LoadGenerator, seconds: number): Promise<TaxRound> {
  const { cluster, byHandUrl, byHand } = stage;
  const ours = () => measured(load, cluster.url, cluster.balancer.current);
  const run: Record<Side, () => Promise<TaxSlice>> = {
    byHand: () => withoutWatcher(stage, () => measured(load, byHandUrl, byHand)),
    config: () => withoutWatcher(stage, ours),
    watched: ours,
  };
  const slices: Record<Side, TaxSlice[]> = { byHand: [], config: [], watched: [] };
  for (let second = 0; second < seconds; second += 1) {
    const order = second % 2 === 0 ? SIDES : SIDES.toReversed();
    for (const side of order) slices[side].push(await run[side]());
  }
  return slices;
}

async function measured(load: LoadGenerator, url: string, balancer: RunningProcess): Promise<TaxSlice> {
  const workers = balancer.children();
  const before = cpuMicroseconds(workers);
  const result = await load.run(url, 1);
  const after = cpuMicroseconds(workers);
  const known = workers.length > 0 && before !== null && after !== null;
  return { ...result, cpuPerRequest: known ? (after - before) / result.requests : null };
}

/** The watcher is frozen meanwhile: who writes a config by hand runs none. */
async function withoutWatcher<T>({ cluster }: TaxStage, run: () => Promise<T>): Promise<T> {
  const watcher = cluster.watcher.current;
  watcher.signal('SIGSTOP');
  try {
    return await run();
  } finally {
    watcher.signal('SIGCONT');
  }
}

async function chooseLoad(wanted: BenchOptions['load']): Promise<LoadGenerator> {
  const wrk = wanted === 'node' ? null : await findWrk();
  if (wrk === null && wanted === 'wrk') throw new Error('wrk was not found on PATH: install it, or use --load node');
  return wrk ?? nodeLoad();
}
