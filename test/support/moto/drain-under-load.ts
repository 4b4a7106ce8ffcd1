import { strict as assert } from 'node:assert';
import { eventTimeMs } from '../cluster-log.js';
import { printFigures } from '../cluster-matrix.js';
import { startLoad } from '../load.js';
import { openRequests } from './open-requests.js';
import { EVERYBODY, ON_FIRST, type TwoInstances } from './two-instances.js';

/**
 * Has the first instance end under load and expects what a group's users are promised: every request is answered, nothing new
 * reaches a member that was drained, both members end by themselves, and only then the hook is completed and the instance gone.
 * Each member has a request in flight, which ends only after the balancer has begun to drain.
 * @param letGo has AWS let it go; called under that load.
 */
export async function drainUnderLoad(all: TwoInstances, letGo: () => Promise<void>): Promise<void> {
  const { cluster, first } = all;
  const mark = await cluster.lastSeq();
  const inFlight = openRequests(cluster.url, EVERYBODY.length);
  const load = await startLoad({ url: cluster.url });
  const startedMs = performance.now();
  await letGo();
  for (const id of ON_FIRST) await cluster.event('server-draining', id, mark);
  const answers = await inFlight.finish();
  const exits = await Promise.all(ON_FIRST.map((id) => all.memberEnd(id)));
  const completed = await first.untilSaid('lifecycle action completed');
  await all.firstGone();
  const tookMs = performance.now() - startedMs;
  await load.more(200);
  const report = await load.stop();
  printFigures({ load: report.summary(), 'let go → instance gone, ms': tookMs });

  const answered = answers.map(({ status, backend }) => `${backend} ${status}`);
  assert.deepEqual(
    answered.sort(),
    EVERYBODY.map((id) => `${id} 200`),
  );
  report.assertNoneFailed();
  for (const id of ON_FIRST) report.assertNothingTo(id, eventTimeMs(await cluster.event('server-drained', id, mark)));
  assert.deepEqual(
    exits.map(({ code }) => code),
    [0, 0],
  );
  const said = first.agentLog().map(({ msg }) => msg);
  const [left, held] = [said.indexOf('all members have left'), said.indexOf('lifecycle action completed')];
  assert.ok(left >= 0 && left < held, 'the hook was completed before all members had left');
  // To a millisecond, which is what log lines have.
  const answeredAtMs = performance.timeOrigin + Math.max(...answers.map(({ endMs }) => endMs));
  assert.ok(
    Date.parse(String(completed.time)) >= answeredAtMs - 1,
    'completed before the requests in flight were answered',
  );
  await cluster.expectConverged(['w3']);
}
