import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { oldestFirst } from '../../support/balancer-can.js';
import { findBalancers, findBinary } from '../../support/binaries.js';
import type { LogLine } from '../../support/cluster-log.js';
import { killLoads } from '../../support/load.js';
import { findPythonWithMoto } from '../../support/moto/moto.js';
import { EVERYBODY, TwoInstances } from '../../support/moto/two-instances.js';
import { versionOf } from '../../support/program-version.js';
import { judgeLoad, loadText } from '../load-text.js';
import { faultsOf, publish, type Recording } from '../publish.js';
import type { Scenario, ScenarioOptions } from '../scenario.js';
import { leaksOf, plainNames } from './plain.js';
import { type MadeWith, readmeText } from './readme.js';
import { type AwsRun, runAws } from './run.js';
import { sinceText, timelineText } from './timeline.js';

const FOLDER = 'aws';
const POLL_MS = 1_000;
const HEARTBEAT_TIMEOUT_S = 2;

/** A group lets one of two instances go: its members leave with requests in flight, its hook is completed. */
export const aws: Scenario = {
  name: FOLDER,
  about: 'an EC2 instance drains before it ends, on a mock of AWS, without containers',
  needsDocker: false,
  async run(options) {
    const programs = findPrograms();
    const agentEnv = { INSTANCE_POLL_MS: String(POLL_MS), LOG_LEVEL: 'info' };
    const all = await TwoInstances.start({ ...programs, heartbeatTimeoutS: HEARTBEAT_TIMEOUT_S, agentEnv });
    try {
      options.say('  an instance with requests in flight is terminated');
      const run = await runAws(all, options.signal);
      expectPromises(run);
      keep(run, all, madeWith(programs), options);
    } finally {
      killLoads();
      await all.stop();
    }
  },
};

function findPrograms() {
  const [consulBin, python] = [findBinary('consul'), findPythonWithMoto()];
  const haproxyBin = oldestFirst(findBalancers('haproxy')).at(-1)?.bin;
  if (consulBin === null || haproxyBin === undefined || python === null)
    throw new Error(
      'Consul, HAProxy and a Python with moto are needed: see CONSUL_BIN, HAPROXY_BIN and PYTHON_BIN in .env',
    );
  return { consulBin, haproxyBin, python };
}

function madeWith({ consulBin, haproxyBin, python }: ReturnType<typeof findPrograms>): MadeWith {
  const first = (bin: string, args: readonly string[]) =>
    /\d+(\.\d+)+/.exec(spawnSync(bin, args).stdout.toString())?.[0];
  return {
    haproxy: versionOf(haproxyBin),
    consul: first(consulBin, ['version']) ?? 'unknown',
    moto: first(python, ['-c', 'import moto; print(moto.__version__)']) ?? 'unknown',
    cores: cpus().length,
    pollMs: POLL_MS,
    heartbeatTimeoutS: HEARTBEAT_TIMEOUT_S,
  };
}

function expectPromises({ load, answers, lateRequests }: AwsRun): void {
  load.assertNoneFailed();
  const expected = EVERYBODY.map((id) => `${id} 200`);
  if ([...answers].sort().join() !== expected.join()) throw new Error(`slow requests: ${answers.join(', ')}`);
  if (lateRequests > 0) throw new Error(`${lateRequests} requests to a member that was drained`);
}

function keep(run: AwsRun, all: TwoInstances, made: MadeWith, { logs, say, signal }: ScenarioOptions): void {
  const plain = plainNames(all);
  const readme = plain(readmeText(run, timelineText(run.happenings, run.startMs), made));
  const files = {
    'README.md': readme,
    'load.txt': loadText(judgeLoad(run.load, true), (id) => id),
    'log-instance-agent.txt': plain(
      all.first
        .agentLog()
        .map((line) => logLine(line, run.startMs))
        .join('\n'),
    ).concat('\n'),
  };
  const recording: Recording = new Map(Object.entries(files).map(([name, text]) => [`${FOLDER}/${name}`, text]));
  const faults = faultsOf(recording, { leaks: leaksOf });
  if (faults.length > 0) throw new Error(`the recording is not kept:\n${faults.join('\n')}`);
  signal.throwIfAborted();
  publish(recording, logs, /^aws$/);
  say(`${recording.size} files are in ${logs}${FOLDER}: start with README.md`);
}

/** A line as it was written, with the time since the call in front and without process id. */
function logLine({ time, pid: _, ...line }: LogLine, startMs: number): string {
  return `${sinceText(Date.parse(time ?? '') - startMs)}  ${JSON.stringify(line)}`;
}
