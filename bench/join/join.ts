import { chooseBalancers } from '../balancers.js';
import { machine } from '../machine.js';
import type { BenchOptions } from '../options.js';
import type { Teardown } from '../teardown.js';
import { containerStage } from './container-stage.js';
import type { Joiner, JoinSteps } from './joiner.js';
import { nativeStage } from './native-stage.js';
import { reportJoin, reportSteps } from './report.js';
import type { JoinStage } from './stage.js';

const STEP_RUNS = 30;

/** Measures each balancer in turn, HAProxy unless NGINX is named, or the one in the container. True when every promise was kept. */
export async function benchJoin(options: BenchOptions, teardown: Teardown): Promise<boolean> {
  console.log(`join: ${machine()}`);
  if (options.containers) return measure(await containerStage(teardown), options);
  let kept = true;
  for (const balancer of chooseBalancers({ ...options, balancer: options.balancer ?? 'haproxy' })) {
    kept = (await measure(await nativeStage(balancer, options, teardown), options)) && kept;
    await teardown.run();
  }
  return kept;
}

async function measure({ joiner, ...stage }: JoinStage, options: BenchOptions): Promise<boolean> {
  const floors: number[] = [];
  const products: number[] = [];
  for (let pair = -options.warmUp; pair < options.pairs; pair += 1) {
    const floor = await joiner.floor();
    const product = await joiner.product();
    if (pair < 0) continue;
    floors.push(floor);
    products.push(product);
  }
  const kept = reportJoin({ ...stage, registry: stage.registry.title, floors, products });
  if (options.steps) reportSteps(await stepRuns(joiner));
  return kept;
}

async function stepRuns(joiner: Joiner): Promise<JoinSteps[]> {
  const runs: JoinSteps[] = [];
  while (runs.length < STEP_RUNS) runs.push(await joiner.steps());
  return runs;
}
