import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { plotSvg } from '../../../cli/src/probe/plot.js';
import { oldestFirst, titleOf } from '../../support/balancer-can.js';
import { findBalancers } from '../../support/binaries.js';
import type { BalancerProgram } from '../../support/cluster-options.js';
import { versionOf } from '../../support/program-version.js';
import { faultsOf, publish, type Recording } from '../publish.js';
import type { Scenario, ScenarioOptions } from '../scenario.js';
import { showChurn } from './churn.js';
import { plotName, readmeText } from './readme.js';
import { countResets, type Resets } from './resets.js';
import { failedOf, type Result } from './result.js';
import { showEqual, showSlow, showWeights } from './situations.js';
import { type Stage, startStage } from './stage.js';
import { type Shown, strategiesOf } from './strategy-list.js';

const FOLDER = 'balancing';
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TITLES = { equal: 'equal members', slow: 'one slow member', weights: 'weights 1, 2, 4', churn: 'join and drain' };

/** Every strategy on both balancers: equal members, a slow one, weights, a join and a drain, under load. */
export const balancing: Scenario = {
  name: 'balancing',
  about: 'every strategy on HAProxy and NGINX, without containers, beside one another',
  needsDocker: false,
  async run(options) {
    const programs = choosePrograms();
    const loadBefore = loadavg()[0]?.toFixed(1) ?? '';
    const results: Result[] = [];
    for (const program of programs.shown) results.push(...(await showAll(program, options)));
    const resets: Resets[] = [];
    for (const program of programs.reloaded) {
      options.say(`  reloads of ${program.name} ${versionOf(program.bin)}`);
      resets.push(await countResets(program, options.signal));
    }
    const balancers = programs.shown.map(titleOf);
    const readme = readmeText(results, resets, { balancers, cores: cpus().length, loadBefore });
    keep(results, readme, options);
    expectPromises(results, resets);
  },
};

/** The newest of each shows the strategies; every NGINX shows what its reloads cost. */
function choosePrograms() {
  const [haproxies, nginxes] = [oldestFirst(findBalancers('haproxy')), oldestFirst(findBalancers('nginx'))];
  const shown = [haproxies.at(-1), nginxes.at(-1)].filter((one) => one !== undefined);
  if (shown.length < 2) throw new Error('HAProxy and NGINX are needed: install them, or set HAPROXY_BIN and NGINX_BIN');
  return { shown, reloaded: [...shown.filter(({ name }) => name === 'haproxy'), ...nginxes] };
}

async function showAll(program: BalancerProgram, { signal, say }: ScenarioOptions): Promise<Result[]> {
  const stage = await startStage(program);
  try {
    const results: Result[] = [];
    for (const shown of strategiesOf(program)) {
      signal.throwIfAborted();
      results.push(...(await showOne(stage, shown, signal)));
      const failed = results.reduce((sum, one) => sum + (one.shown === shown ? failedOf(one) : 0), 0);
      say(`  ${titleOf(program)}: ${shown.balance}, ${failed} failed`);
    }
    return results;
  } finally {
    await stage.stop();
  }
}

async function showOne(stage: Stage, shown: Shown, signal: AbortSignal): Promise<Result[]> {
  await stage.change({ BALANCE: shown.balance });
  return [
    await showEqual(stage, shown, signal),
    ...(shown.hasWeights ? [await showWeights(stage, shown, signal)] : []),
    await showChurn(stage, shown, signal),
    ...(shown.hasSlow ? [await showSlow(stage, shown, signal)] : []),
  ];
}

function keep(results: readonly Result[], readme: string, { logs, say, signal }: ScenarioOptions): void {
  const plots = results.map((one) => [`${FOLDER}/${plotName(one)}`, plotOf(one)] as const);
  const recording: Recording = new Map([[`${FOLDER}/README.md`, readme], ...plots]);
  const faults = faultsOf(recording, { leaks: leaksOf });
  if (faults.length > 0) throw new Error(`the recording is not kept:\n${faults.join('\n')}`);
  signal.throwIfAborted();
  publish(recording, logs, /^balancing$/);
  say(`${recording.size} files are in ${logs}${FOLDER}: start with README.md`);
}

/** Titled by what was shown: the address differs each time. */
function plotOf(result: Result): string {
  return plotSvg({ ...result, url: `${result.balancer}, ${TITLES[result.situation]}` });
}

/** Paths of this machine, and ports, are another's business, and differ each time. */
function leaksOf(text: string): string[] {
  return [ROOT, '/tmp/', '/dev/shm', '127.0.0.1:'].filter((one) => text.includes(one));
}

function expectPromises(results: readonly Result[], resets: readonly Resets[]): void {
  const broken = results.flatMap(({ situation, balancer, shown, verdicts }) =>
    verdicts
      .filter(({ outcome }) => outcome === 'broken')
      .map(({ promise, seen }) => `${balancer} ${shown.balance}, ${situation}: ${promise}, but ${seen}`),
  );
  const reset = resets
    .filter((one) => one.failed > 0 && one.isLossless)
    .map(({ balancer, version, failed }) => `${balancer} ${version}: ${failed} requests failed at reloads`);
  if (broken.length + reset.length > 0) throw new Error([...broken, ...reset].join('\n'));
}
