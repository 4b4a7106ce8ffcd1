import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.js';
import { Cluster } from './cluster.js';
import { serveControl } from './control.js';
import { askControl } from './control-client.js';
import { identify } from './process-info.js';
import type { ProcessSpec } from './process-spec.js';

/** Ends with 0 on SIGTERM, as an agent does, and on SIGUSR2 as after an operator's leave. */
const STAND_IN =
  "for (const s of ['SIGTERM', 'SIGUSR2']) process.on(s, () => process.exit(0)); console.log('up'); setInterval(() => {}, 1000)";

describe('a local cluster', () => {
  let folder = '';
  let cluster: Cluster;
  let ended: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-cluster-'));
    ended = [];
    const observer = {
      groupStarted: () => undefined,
      groupEnded: () => undefined,
      ended: ({ name }: ProcessSpec) => void ended.push(name),
    };
    const specs = {
      balancer: () => spec('haproxy'),
      watcher: () => spec('watcher'),
      member: (id: string) => spec(id),
      memberId: (n: number) => `web-${n}`,
      depart: () => null,
    };
    const appPorts = async (count: number, inUse: ReadonlySet<number>) =>
      [3001, 3002, 3003, 3004, 3005, 3006].filter((port) => !inUse.has(port)).slice(0, count);
    cluster = new Cluster({ service: 'web', logDir: folder, specs, appPorts, observer });
  });
  afterEach(async () => {
    await cluster.stop(AbortSignal.abort());
    rmSync(folder, { recursive: true, force: true });
  });

  function spec(name: string): ProcessSpec {
    const final = (exit: { readonly code: number | null }) => exit.code === 0;
    const command = [process.execPath, '-e', STAND_IN] as const;
    return {
      name,
      rank: 'member',
      command,
      env: process.env,
      logFile: join(folder, `${name}.log`),
      isFinal: final,
      stopSteps: [{ signal: 'SIGTERM', waitMs: 60_000 }],
    };
  }

  const ids = () => cluster.state().members.map(({ id }) => id);
  const pids = () => cluster.state().members.map(({ agentPid }) => agentPid);

  it('scales up with the lowest free ports and down from the highest number', async () => {
    const { members } = await cluster.scale(4);
    assert.deepEqual(
      members.map(({ id, port }) => [id, port]),
      [
        ['web-1', 3001],
        ['web-2', 3002],
        ['web-3', 3003],
        ['web-4', 3004],
      ],
    );
    const kept = pids().slice(0, 2);
    await cluster.scale(2);
    assert.deepEqual([ids(), pids(), ended.sort()], [['web-1', 'web-2'], kept, ['web-3', 'web-4']]);
  });

  it('ends up at the last of several scales asked for at once', async () => {
    const states = await Promise.all([cluster.scale(3), cluster.scale(1), cluster.scale(2)]);
    assert.deepEqual(
      states.map(({ wanted }) => wanted),
      [2, 2, 2],
    );
    assert.deepEqual(ids(), ['web-1', 'web-2']);
  });

  it('does not start a member again that left, until a scale asks for it', async () => {
    await cluster.scale(2);
    await eventually(() => assert.match(readFileSync(join(folder, 'web-2.log'), 'utf8'), /up/));
    const pid = pids()[1];
    assert.ok(pid);
    process.kill(pid, 'SIGUSR2');
    await eventually(() => assert.deepEqual(ids(), ['web-1']));
    await cluster.scale(2);
    assert.deepEqual(ids(), ['web-1', 'web-2']);
  });

  it('stops its members first, then the watcher, then the balancer', async () => {
    cluster.startBalancer();
    cluster.startWatcher();
    await cluster.scale(2);
    const running = pids();
    await cluster.stop(new AbortController().signal);
    assert.deepEqual(
      [ended.slice(0, 2).sort(), ended.slice(2)],
      [
        ['web-1', 'web-2'],
        ['watcher', 'haproxy'],
      ],
    );
    assert.deepEqual(
      running.map((pid) => pid && identify(pid)),
      [null, null],
    );
    await assert.rejects(cluster.scale(1), { code: 'stopping' });
  });

  it('is scaled over its control socket, which refuses nonsense', async () => {
    const socketPath = join(folder, 'up.sock');
    const control = await serveControl(socketPath, cluster);
    try {
      assert.equal((await askControl(socketPath, { scale: 1 })).members[0]?.id, 'web-1');
      assert.deepEqual((await askControl(socketPath, 'state')).wanted, 1);
      await assert.rejects(askControl(socketPath, { scale: 101 }), { code: 'scale-invalid' });
      await assert.rejects(askControl(socketPath, { scale: 1.5 }), { code: 'scale-invalid' });
    } finally {
      await control.close();
    }
    await assert.rejects(askControl(socketPath, 'state'), { code: 'control-unreachable' });
  });
});
