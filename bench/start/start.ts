import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/ports.js';
import { startContainers } from '../containers/containers.js';
import { machine } from '../machine.js';
import type { BenchOptions } from '../options.js';
import type { Teardown } from '../teardown.js';
import { reportAtOnce, reportStarts, type Starts } from './report.js';
import { createStarter, type Starter } from './starter.js';
import type { Start, StartSteps } from './steps.js';

const AT_ONCE = 5;
const AT_ONCE_RUNS = 3;
const ADDITIONS = fileURLToPath(new URL('./containers.yml', import.meta.url));

/** One more webapp again and again, then five more at once. True when the promise was kept. */
export async function benchStart(options: BenchOptions, teardown: Teardown): Promise<boolean> {
  console.log(`start: ${machine()}`);
  const floorPort = await freePort();
  const env = { BENCH_FLOOR_PORT: String(floorPort) };
  const cluster = await startContainers({ webapps: 1, additions: ADDITIONS, env }, teardown);
  const starter = await createStarter(cluster, floorPort, teardown);
  const kept = reportStarts(await measure(starter, options.pairs));
  reportAtOnce(AT_ONCE, await measureAtOnce(starter));
  return kept;
}

async function measure(starter: Starter, rounds: number): Promise<Starts> {
  const floors: Start[] = [];
  const restarted: StartSteps[] = [];
  const created: StartSteps[] = [];
  while (floors.length < rounds) {
    floors.push(await starter.floor());
    const fresh = await starter.create(1);
    created.push(...fresh);
    for (const { id } of fresh) restarted.push(await starter.restart(id));
    await starter.remove(idsOf(fresh));
  }
  return { floors, restarted, created };
}

async function measureAtOnce(starter: Starter): Promise<(readonly StartSteps[])[]> {
  const runs: (readonly StartSteps[])[] = [];
  while (runs.length < AT_ONCE_RUNS) {
    const fresh = await starter.create(AT_ONCE);
    runs.push(fresh);
    await starter.remove(idsOf(fresh));
  }
  return runs;
}

function idsOf(starts: readonly StartSteps[]): string[] {
  return starts.map(({ id }) => id);
}
