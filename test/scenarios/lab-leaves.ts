import { strict as assert } from 'node:assert';
import { eventTimeMs } from '../support/cluster-log.js';
import { hostPid, stopContainer } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { whenGone } from '../support/docker/when-gone.js';
import { sharedNowMs } from '../support/load.js';
import { slowRequests } from '../support/slow-requests.js';
import { milliseconds, seconds } from './durations.js';
import { muster } from './muster.js';
import type { StepTools } from './recorder.js';

/** The first is longer than `npx muster` takes to start. */
const SLOW_MS = { drain: 4_000, stop: 2_000 } as const;
const BACK_WITHIN_MS = 30_000;

/**
 * Takes a member out and back in as an operator does, with slow requests on every member, so that there is something to
 * wait for.
 */
export async function drainAndReady(tools: StepTools, id: string): Promise<Record<string, string>> {
  const { cluster, load, typed, moment } = tools;
  const mark = await cluster.lastSeq();
  const slow = await sendSlow(tools, SLOW_MS.drain);
  typed(`npx muster drain ${id}`, await muster(cluster, ['drain', id]));
  await cluster.event('server-draining', id, mark);
  await moment('draining');
  const drained = await cluster.event('server-drained', id, mark);
  const statuses = await slow.answered;
  await load.more(100);
  typed(`npx muster ready ${id}`, await muster(cluster, ['ready', id]));
  await cluster.expectServing(await cluster.webapps());
  await load.more(100);
  return { 'drained: nothing in flight after': seconds(Number(drained.detail.elapsedMs)), ...statuses };
}

/** `docker stop` with slow requests on every member, then `docker start` of the same container. */
export async function stopAndStart(tools: StepTools, id: string): Promise<Record<string, string>> {
  const { cluster, load, typed, moment } = tools;
  const slow = await sendSlow(tools, SLOW_MS.stop);
  typed(`docker stop ${id}`);
  const { code, tookMs } = await stopContainer(id);
  await slow.answered;
  await load.more(100);
  await cluster.expectConverged(await cluster.webapps());
  await moment('stopped');
  typed(`docker start ${id}`);
  await docker(['start', id]);
  await cluster.expectConverged(await cluster.webapps(), BACK_WITHIN_MS);
  return { 'docker stop, a 2 s request in flight': `${seconds(tookMs)}, exit code ${code}` };
}

interface Slow {
  readonly answered: Promise<Record<string, string>>;
}

/** Three slow requests for each member; when it returns they are on their way. */
async function sendSlow({ cluster, load }: StepTools, ms: number): Promise<Slow> {
  const count = 3 * (await cluster.webapps()).length;
  const answers = slowRequests(cluster.url, count, ms);
  const answered = answers.then((all) => {
    const good = all.filter(({ status }) => status === 200).length;
    assert.equal(good, count, `slow requests answered: ${JSON.stringify(all)}`);
    return { 'slow requests answered with 200': `${good} of ${count}` };
  });
  answered.catch(() => undefined);
  await load.more(20);
  return { answered };
}

/** Kills a member and waits until balancer and registry know. */
export async function kill({ cluster, load, typed, moment }: StepTools, id: string): Promise<Record<string, string>> {
  const mark = await cluster.lastSeq();
  const others = (await cluster.webapps()).filter((other) => other !== id);
  const seen = Promise.all([whenGone(await hostPid(id)), cluster.expectServing(others).then(sharedNowMs)]);
  seen.catch(() => undefined);
  typed(`docker kill ${id}`);
  await docker(['kill', id]);
  const [deadMs, outMs] = await seen;
  await moment('just-killed');
  const failedMs = eventTimeMs(await cluster.event('member-failed', id, mark)) - deadMs;
  await load.more(100);
  return { 'dead → out of rotation': milliseconds(outMs - deadMs), 'dead → failed in the registry': seconds(failedMs) };
}
