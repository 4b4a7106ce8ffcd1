import { chooseHaproxies, type Haproxy, machine } from '../haproxies.js';
import type { BenchOptions } from '../options.js';
import type { Teardown } from '../teardown.js';
import type { LoadGenerator, LoadResult } from './load.js';
import { nodeLoad } from './node-load.js';
import { reportTax, type TaxPair } from './report.js';
import { startStage, type TaxStage } from './stage.js';
import { findWrk } from './wrk.js';

/** Measures each HAProxy in turn. True when every promise was kept. */
export async function benchTax(options: BenchOptions, teardown: Teardown): Promise<boolean> {
  const load = await chooseLoad(options.load);
  console.log(`tax: ${machine()}\n${load.title}, ${options.seconds} s a run, 4 members`);
  let kept = true;
  for (const haproxy of chooseHaproxies(options.haproxy)) {
    kept = (await measure(haproxy, load, options, teardown)) && kept;
    await teardown.run();
  }
  return kept;
}

async function measure(
  haproxy: Haproxy,
  load: LoadGenerator,
  { pairs, seconds }: BenchOptions,
  teardown: Teardown,
): Promise<boolean> {
  const stage = await startStage(haproxy.path, teardown);
  await runPair(stage, load, 1, true);
  const results: TaxPair[] = [];
  // The order changes from pair to pair, so that neither side is always the first.
  while (results.length < pairs) results.push(await runPair(stage, load, seconds, results.length % 2 === 0));
  return reportTax(haproxy.version, results);
}

async function runPair(stage: TaxStage, load: LoadGenerator, seconds: number, musterFirst: boolean): Promise<TaxPair> {
  if (musterFirst) {
    const muster = await load.run(stage.cluster.url, seconds);
    return { muster, byHand: await runByHand(stage, load, seconds) };
  }
  const byHand = await runByHand(stage, load, seconds);
  return { byHand, muster: await load.run(stage.cluster.url, seconds) };
}

/** The watcher is frozen meanwhile: who writes a config by hand runs none, so its share of the processor is tax too. */
async function runByHand({ cluster, byHandUrl }: TaxStage, load: LoadGenerator, seconds: number): Promise<LoadResult> {
  const watcher = cluster.watcher.current;
  watcher.signal('SIGSTOP');
  try {
    return await load.run(byHandUrl, seconds);
  } finally {
    watcher.signal('SIGCONT');
  }
}

async function chooseLoad(wanted: BenchOptions['load']): Promise<LoadGenerator> {
  const wrk = wanted === 'node' ? null : await findWrk();
  if (wrk === null && wanted === 'wrk') throw new Error('wrk was not found on PATH: install it, or use --load node');
  return wrk ?? nodeLoad();
}
