import { cpus } from 'node:os';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { docker } from '../support/docker/docker.js';
import { killLoads } from '../support/load.js';
import { startLabCluster } from './lab-cluster.js';
import { LAB_STEPS } from './lab-steps.js';
import { faultsOf, publish } from './publish.js';
import { Recorder } from './recorder.js';
import type { Scenario, ScenarioOptions } from './scenario.js';
import { findChromium, screenshot } from './stats-page.js';
import { summaryText } from './summary.js';

const OWN_FOLDERS = /^\d\d-[a-z-]+$/;
/** Of the stats page: six members and the totals. */
const PICTURE_HEIGHT = 560;

/** Start, join, two more, drain, kill, five, six, four: under load, with everything that can be seen after each. */
export const lab: Scenario = {
  name: 'lab',
  about: 'members join, drain, die and are scaled, under load',
  needsDocker: true,
  async run(options) {
    const { cluster, since } = await startLabCluster(options);
    try {
      await recordLab(cluster, since, options);
    } finally {
      killLoads();
      if (options.keep && !options.signal.aborted) sayWhereItIs(cluster, options);
      else await cluster.stop();
    }
  },
};

async function recordLab(cluster: ComposeCluster, since: Date, options: ScenarioOptions): Promise<void> {
  const { signal, say, logs } = options;
  const recorder = new Recorder(cluster);
  for (const [index, step] of LAB_STEPS.entries()) {
    signal.throwIfAborted();
    say(`  ${step.name}: ${step.title}`);
    await recorder.record(step, index === 0 ? since : new Date());
  }
  const madeWith = {
    haproxy: (await cluster.api.status()).balancer.version,
    engine: await docker(['version', '--format', '{{.Server.Version}}']),
    cores: cpus().length,
  };
  const recording = new Map<string, string | Buffer>([
    ...recorder.files,
    ...(await pictures(recorder.pages, say)),
    ['summary.md', summaryText(recorder.steps, madeWith)],
  ]);
  const faults = faultsOf(new Map([...recording, ...recorder.pages]), recorder.names);
  if (faults.length > 0) throw new Error(`the recording is not kept:\n${faults.join('\n')}`);
  signal.throwIfAborted();
  publish(recording, logs, OWN_FOLDERS);
  say(`${recording.size} files are in ${logs}: start with README.md and summary.md`);
  const bad = recorder.steps.filter(({ load }) => load.failed > 0);
  if (bad.length > 0)
    throw new Error(bad.map(({ name, load }) => `${load.failed} requests failed in ${name}`).join('\n'));
}

async function pictures(pages: ReadonlyMap<string, string>, say: (line: string) => void) {
  const chromium = findChromium();
  if (chromium === null) {
    say('\n  !!! SKIPPED: no Chromium on PATH, so there are no pictures of the stats page\n');
    return [];
  }
  const taken: [string, Buffer][] = [];
  for (const [path, html] of pages) {
    taken.push([path.replace(/html$/, 'png'), await screenshot(chromium, html, PICTURE_HEIGHT)]);
  }
  return taken;
}

function sayWhereItIs({ project, url, api }: ComposeCluster, { say }: ScenarioOptions): void {
  say(`The cluster still runs: ${url}, stats on http://127.0.0.1:${project.ports.stats}/, API on ${api.base}`);
  say(`Take it down: docker compose --project-name ${project.name} down --volumes`);
}
