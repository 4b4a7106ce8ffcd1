import type { RunningProcess } from '../../test/support/processes.js';
import { type Balancer, chooseBalancers, machine, titleOf } from '../haproxies.js';
import type { BenchOptions } from '../options.js';
import type { Teardown } from '../teardown.js';
import { cpuMicroseconds } from './cpu-time.js';
import type { LoadGenerator } from './load.js';
import { nodeLoad } from './node-load.js';
import { reportTax, type TaxPair, type TaxRun } from './report.js';
import { startStage, type TaxStage } from './stage.js';
import { findWrk } from './wrk.js';

/** Measures each balancer in turn. True when every promise was kept. */
export async function benchTax(options: BenchOptions, teardown: Teardown): Promise<boolean> {
  const load = await chooseLoad(options.load);
  console.log(`tax: ${machine()}\n${load.title}, ${options.seconds} s a run, 4 members`);
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
  await runPair(stage, load, 1, true);
  const results: TaxPair[] = [];
  // The order changes from pair to pair, so that neither side is always the first.
  while (results.length < pairs) results.push(await runPair(stage, load, seconds, results.length % 2 === 0));
  return reportTax(titleOf(balancer), results);
}

async function runPair(stage: TaxStage, load: LoadGenerator, seconds: number, musterFirst: boolean): Promise<TaxPair> {
  const muster = () => measured(load, stage.cluster.url, seconds, stage.cluster.balancer.current);
  const byHand = () => withoutWatcher(stage, () => measured(load, stage.byHandUrl, seconds, stage.byHand));
  if (musterFirst) return { muster: await muster(), byHand: await byHand() };
  return { byHand: await byHand(), muster: await muster() };
}

async function measured(load: LoadGenerator, url: string, seconds: number, balancer: RunningProcess): Promise<TaxRun> {
  const workers = balancer.children();
  const before = cpuMicroseconds(workers);
  const result = await load.run(url, seconds);
  const after = cpuMicroseconds(workers);
  const known = workers.length > 0 && before !== null && after !== null;
  return { ...result, cpuPerRequest: known ? (after - before) / result.requests : null };
}

/** The watcher is frozen meanwhile: who writes a config by hand runs none, so its share of the processor is tax too. */
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
