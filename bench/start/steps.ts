import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { inspect, processIn } from '../../test/support/docker/container.js';
import { docker } from '../../test/support/docker/docker.js';
import { eventually } from '../../test/support/eventually.js';

/** One start of a container, epoch ms. */
export interface Start {
  readonly called: number;
  /** Docker's State.StartedAt: process 1 runs. */
  readonly container: number;
  /** The first answer. */
  readonly served: number;
}

/** What came in between in a webapp. */
export interface StartSteps extends Start {
  readonly id: string;
  readonly app: number;
  readonly ready: number;
  readonly agent: number;
  readonly joined: number;
}

/** Linux counts the starts of processes in these for every program, whatever its own clock tick is. */
const TICK_MS = 10;
const LOG_DEADLINE_MS = 5_000;

/** Read afterwards, so that looking does not disturb: from the engine, /proc and the JSON log of the container. */
export async function stepsOf(id: string, called: number, served: number): Promise<StartSteps> {
  const container = Date.parse((await inspect(id)).State.StartedAt);
  return {
    id,
    called,
    container,
    app: startOf((await processIn(id, /webapp\/dist\/main\.js/)).pid),
    ready: await logged(id, 'webapp', 'ready', container),
    agent: startOf((await processIn(id, /agent\/bin\.js/)).pid),
    joined: await logged(id, 'muster-agent', 'joined', container),
    served,
  };
}

/** When a process of this host was started, to 10 ms. */
function startOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const bootMs = Date.now() - Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1_000;
  // Field 22; the name, which is the second, may hold spaces.
  const ticks = Number(stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19]);
  return bootMs + ticks * TICK_MS;
}

/** The time of a program's first line with that message since `sinceMs`; it may come a moment after the first answer. */
function logged(id: string, program: string, message: string, sinceMs: number): Promise<number> {
  return eventually(async () => {
    const lines = (await docker(['logs', id])).split('\n').filter((one) => one.startsWith('{'));
    const times = lines
      .map((one) => JSON.parse(one) as { name: string; msg: string; time: string })
      .filter(({ name, msg, time }) => name === program && msg === message && Date.parse(time) >= sinceMs)
      .map(({ time }) => Date.parse(time));
    const [first] = times;
    assert.ok(first !== undefined, `${id}: ${program} has not logged "${message}"`);
    return first;
  }, LOG_DEADLINE_MS);
}
