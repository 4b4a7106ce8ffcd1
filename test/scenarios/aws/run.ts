import { eventTimeMs } from '../../support/cluster-log.js';
import { type LoadReport, startLoad } from '../../support/load.js';
import { EVERYBODY, ON_FIRST, type TwoInstances } from '../../support/moto/two-instances.js';
import { slowRequests } from '../../support/slow-requests.js';
import { observe } from './observed.js';
import { fromEvents, fromLog, type Happening } from './timeline.js';

/** Longer than the hook's time, so that it takes heartbeats to answer them. */
export const SLOW_MS = 8_000;

/** How much of the time before is shown. */
const LEAD_MS = 2_000;

/** What one run showed. */
export interface AwsRun {
  /** When the group let the instance go: the wall clock, ms. */
  readonly startMs: number;
  readonly happenings: readonly Happening[];
  readonly load: LoadReport;
  /** What the clients of the slow requests got: `w1 200`. */
  readonly answers: readonly string[];
  /** Requests that began on the members after the balancer had promised to send them none. */
  readonly lateRequests: number;
}

/** Lets the first of two instances go, under load and with a slow request on each member, and brings one member back. */
export async function runAws(all: TwoInstances, signal: AbortSignal): Promise<AwsRun> {
  const { cluster, group, first } = all;
  const own: Happening[] = [];
  const say = (who: string, what: string) => own.push({ atMs: Date.now(), who, what });
  const mark = await cluster.lastSeq();
  const observed = observe(group, first.id);
  say('clients', `a request of ${SLOW_MS / 1000} s to each member`);
  const slow = slowRequests(cluster.url, EVERYBODY.length, SLOW_MS);
  slow.catch(() => undefined);
  const load = await startLoad({ url: cluster.url });
  const startMs = Date.now();
  say('operator', `aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ${first.id}`);
  await all.terminate(first);
  say('metadata', 'autoscaling/target-lifecycle-state: Terminated');
  const ends = ON_FIRST.map(async (id) => {
    const { code } = await all.memberEnd(id);
    say(id, `ended, exit code ${code}`);
  });
  const answers = (await slow).map(({ status, backend, endMs }) => {
    own.push({
      atMs: performance.timeOrigin + endMs,
      who: 'clients',
      what: `slow request answered with ${status} by ${backend}`,
    });
    return `${backend} ${status}`;
  });
  await Promise.all(ends);
  await all.firstGone();
  const lateRequests = await countLate(all, load.report(), mark);
  signal.throwIfAborted();
  say('docker', 'w1 is started again: its container has a restart policy');
  await all.startMember('w1');
  await all.memberEnd('w1');
  say('w1', 'ended again');
  await cluster.expectConverged(['w3']);
  await load.more(200);
  const members = EVERYBODY.flatMap((id) => fromLog(id, all.memberLog(id)));
  const events = fromEvents(await cluster.api.events());
  const seen = [...fromLog('agent', first.agentLog()), ...members, ...events, ...(await observed.stop())];
  const happenings = [...own, ...seen].filter(({ atMs }) => atMs >= startMs - LEAD_MS);
  return { startMs, happenings, load: await load.stop(), answers, lateRequests };
}

/** Requests that began on a member after the balancer had drained it. */
async function countLate({ cluster }: TwoInstances, report: LoadReport, mark: number): Promise<number> {
  const counts = ON_FIRST.map(async (id) => {
    const drained = await cluster.event('server-drained', id, mark);
    return report.to(id).since(eventTimeMs(drained)).requests;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
