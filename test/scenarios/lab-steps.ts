import { strict as assert } from 'node:assert';
import { eventTimeMs } from '../support/cluster-log.js';
import { inspect } from '../support/docker/container.js';
import { eventually } from '../support/eventually.js';
import type { Load } from '../support/load.js';
import { milliseconds, seconds } from './durations.js';
import { drainAndReady, kill, stopAndStart } from './lab-leaves.js';
import type { Step, StepTools } from './recorder.js';

/** The steps that the lab asked its students to keep evidence of, and what they could not do there. */
export const LAB_STEPS: readonly Step[] = [
  {
    name: '01-start',
    title: 'registry and balancer, no webapp',
    async run({ load, typed }) {
      typed('docker compose up --detach --scale webapp=0');
      await load.more(200);
      return {};
    },
  },
  { name: '02-join', title: 'the first webapp joins', run: (tools) => scaleUp(tools, 1) },
  { name: '03-two-more', title: 'two more join', run: (tools) => scaleUp(tools, 3) },
  {
    name: '04-drain',
    title: 'one is drained and comes back, then it is stopped and started again',
    async run(tools) {
      const id = await webapp(tools, 2);
      return { ...(await drainAndReady(tools, id)), ...(await stopAndStart(tools, id)) };
    },
  },
  {
    name: '05-kill',
    title: 'one is killed',
    async run(tools) {
      return kill(tools, await webapp(tools, 3));
    },
  },
  { name: '06-five', title: 'scaled to five', picture: true, run: (tools) => scaleUp(tools, 5) },
  { name: '07-six', title: 'scaled to six', picture: true, run: (tools) => scaleUp(tools, 6) },
  {
    name: '08-four',
    title: 'scaled to four',
    picture: true,
    removes: true,
    async run(tools) {
      const startMs = performance.now();
      await scale(tools, 4);
      return { 'two drained, stopped and removed after': seconds(performance.now() - startMs) };
    },
  },
];

async function scale({ cluster, typed }: StepTools, count: number): Promise<string[]> {
  typed(`docker compose up --detach --scale webapp=${count}`);
  return cluster.scale(count);
}

/** Measures for each webapp that was not there before how long it took from its start to its first answer. */
async function scaleUp(tools: StepTools, count: number): Promise<Record<string, string>> {
  const { cluster, load } = tools;
  const before = await cluster.webapps();
  const mark = await cluster.lastSeq();
  const newcomers = (await scale(tools, count)).filter((id) => !before.includes(id));
  const took = await Promise.all(
    newcomers.map(async (id) => {
      const startedMs = eventTimeMs({ at: (await inspect(id)).State.StartedAt });
      const joinedMs = eventTimeMs(await cluster.event('member-join', id, mark));
      const answeredMs = await eventually(() => firstAnswerMs(load, id));
      return { start: answeredMs - startedMs, join: answeredMs - joinedMs };
    }),
  );
  await load.more(100);
  const worst = (what: 'start' | 'join') => Math.max(...took.map((one) => one[what]));
  const which = newcomers.length === 1 ? '' : `, slowest of ${newcomers.length}`;
  return {
    [`container started → first answer to a client${which}`]: seconds(worst('start')),
    [`member-join → first answer to a client${which}`]: milliseconds(worst('join')),
  };
}

function firstAnswerMs(load: Load, id: string): number {
  const [first] = load.report().to(id).records;
  assert.ok(first, `${id} has answered nothing`);
  return first.endMs;
}

/** The webapp with that number, by Compose's count. */
async function webapp({ cluster }: StepTools, number: number): Promise<string> {
  const [id, ...others] = await cluster.containers('webapp', [
    '--filter',
    `label=com.docker.compose.container-number=${number}`,
  ]);
  assert.ok(id !== undefined && others.length === 0, `webapp ${number} does not run`);
  return id;
}
