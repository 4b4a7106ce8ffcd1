import { milliseconds, seconds } from '../durations.js';
import { type AwsRun, SLOW_MS } from './run.js';
import type { Happening } from './timeline.js';

export interface MadeWith {
  readonly haproxy: string;
  readonly consul: string;
  readonly moto: string;
  readonly cores: number;
  readonly pollMs: number;
  readonly heartbeatTimeoutS: number;
}

/** The figures of a run: what → how much. */
export function figuresOf({ startMs, happenings, load, answers, lateRequests }: AwsRun): Record<string, string> {
  const after = (who: string, what: RegExp) => seconds(firstOf(happenings, who, what).atMs - startMs);
  const count = (who: string, what: RegExp) =>
    happenings.filter((one) => one.who === who && what.test(one.what)).length;
  const again = happenings.findLast(({ what }) => what === 'ended again');
  const joined = happenings.findLast(({ what }) => /^member-join:.*\bw1\b/.test(what));
  return {
    'terminate → the agent knows': after('agent', /^this instance is to end/),
    'terminate → both members asked to leave': seconds(
      Math.max(
        ...happenings
          .filter(({ what }) => /^member asked to leave/.test(what))
          .slice(0, 2)
          .map(({ atMs }) => atMs),
      ) - startMs,
    ),
    'terminate → all members have left': after('agent', /^all members have left/),
    'terminate → lifecycle action completed': after('agent', /^lifecycle action completed/),
    'terminate → instance terminated': after('AWS', /^instance: .*terminated/),
    'heartbeats that kept the hook open': String(count('agent', /^heartbeat of the lifecycle hook recorded/)),
    'requests in flight at the start, answered': [...answers].sort().join(', '),
    'requests during all of it': `${load.requests}, ${load.failed.length} failed, p99 ${milliseconds(load.percentileMs(0.99))}`,
    'new requests to a member that the balancer had drained': String(lateRequests),
    'w1 joins again → it has left again': again && joined ? seconds(again.atMs - joined.atMs) : 'not seen',
  };
}

/** The page of a recording. */
export function readmeText(run: AwsRun, timeline: string, made: MadeWith): string {
  const rows = Object.entries(figuresOf(run)).map(([what, value]) => `| ${what} | ${value} |`);
  return `# An instance ends: drained first

Written by \`npm run scenarios -- aws\`: do not edit. HAProxy ${made.haproxy}, Consul ${made.consul}, moto ${made.moto}; ${made.cores} cores shared by
all of it, the clients and the recorder.

Two EC2 instances, as far as one machine can be two: members w1 and w2 at 127.0.0.2, w3 at 127.0.0.3, each an agent that runs
the webapp; Consul, HAProxy and its watcher; and for the first instance the instance agent, a process of its own as in its
container. AWS is moto, a mock, with the lifecycle hook that holds an instance filled in (\`test/support/moto\`), and a metadata
service of version 2 (\`test/support/metadata-stub.ts\`). Calls and answers are those of AWS; its times are not: here the hook's
heartbeat timeout is ${made.heartbeatTimeoutS} s (AWS: at least 30 s), and the agent looks every ${milliseconds(made.pollMs)} (default: 5 s).

1. 16 clients send requests all the time, and each member has one of ${SLOW_MS / 1000} s in flight, far more than the hook's time.
2. \`TerminateInstanceInAutoScalingGroup\` for the first instance: its hook puts it into \`Terminating:Wait\`, and its metadata turns
   \`autoscaling/target-lifecycle-state\` to \`Terminated\`.
3. The instance agent sees it and puts the intent \`leave\` on the drain board for w1 and w2, which is what \`muster leave\` does:
   they announce it, the balancer drains them, their requests end, they leave.
4. Meanwhile it records heartbeats. Without them moto ends the instance in the middle of the slow requests.
5. When both have left it completes the lifecycle action, and the instance ends.
6. w1 is started again, as Docker does while an instance still runs: it is asked again, and leaves again.

| measured | value |
| --- | --- |
${rows.join('\n')}

The run is thrown away if a request failed, or a slow one was not answered with 200.

## What happened

\`t+0\` is the call of \`TerminateInstanceInAutoScalingGroup\`. *operator*, *clients* and *docker* are what the recorder did, *AWS*
is what it saw moto say when it asked every 50 ms, *metadata* is the metadata service; *agent* is the log of the instance agent,
*w1* to *w3* those of the members, *watcher* its events.

\`\`\`
${timeline}
\`\`\`

[load.txt](load.txt) is what the clients saw, [log-instance-agent.txt](log-instance-agent.txt) the whole log of the instance agent.
`;
}

function firstOf(happenings: readonly Happening[], who: string, what: RegExp): Happening {
  const found = happenings.find((one) => one.who === who && what.test(one.what));
  if (found === undefined) throw new Error(`${who} never said ${what}: the recording is not kept`);
  return found;
}
