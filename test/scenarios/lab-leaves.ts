import { eventTimeMs } from '../support/cluster-log.js';
import { hostPid, stopContainer } from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { whenGone } from '../support/docker/when-gone.js';
import { sharedNowMs } from '../support/load.js';
import { milliseconds, seconds } from './durations.js';
import { muster } from './muster.js';
import type { StepTools } from './recorder.js';
import { keepSlowRequests } from './slow-stream.js';

const SLOW = 'requests of 2 s answered with 200';
const BACK_WITHIN_MS = 30_000;

/**
 * Takes a member out and back in as an operator does, with slow requests on every member, so that there is something to
 * wait for.
 */
export async function drainAndReady(tools: StepTools, id: string): Promise<Record<string, string>> {
  const { cluster, load, typed, moment } = tools;
  const mark = await cluster.lastSeq();
  const slow = await keepSlowRequests(tools);
  typed(`npx muster drain ${id}`, await muster(cluster, ['drain', id]));
  await cluster.event('server-draining', id, mark);
  await moment('draining');
  const answered = await slow.end();
  const { detail } = await cluster.event('server-drained', id, mark);
  await load.more(100);
  typed(`npx muster ready ${id}`, await muster(cluster, ['ready', id]));
  await cluster.expectServing(await cluster.webapps());
  await load.more(100);
  return { 'muster drain → nothing in flight': seconds(Number(detail.elapsedMs)), [`${SLOW}, drain`]: answered };
}

/** `docker stop` with slow requests on every member, then `docker start` of the same container. */
export async function stopAndStart(tools: StepTools, id: string): Promise<Record<string, string>> {
  const { cluster, load, typed, moment } = tools;
  const mark = await cluster.lastSeq();
  const slow = await keepSlowRequests(tools);
  typed(`docker stop ${id}`);
  const stopping = stopContainer(id);
  stopping.catch(() => undefined);
  await cluster.event('server-draining', id, mark);
  await moment('leaving');
  const answered = await slow.end();
  const { code, tookMs } = await stopping;
  await load.more(100);
  await cluster.expectConverged(await cluster.webapps());
  await moment('stopped');
  typed(`docker start ${id}`);
  await docker(['start', id]);
  await cluster.expectConverged(await cluster.webapps(), BACK_WITHIN_MS);
  return { 'docker stop': `${seconds(tookMs)}, exit code ${code}`, [`${SLOW}, stop`]: answered };
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
