import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  addressPolicy,
  BALANCER_SERVICE,
  fileDrainBoard,
  fileRegistrar,
  fileSource,
  type Member,
  type MemberStatus,
} from '@muster/membership';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/ports.js';
import { RunningProcess } from '../support/processes.js';

const BIN = fileURLToPath(new URL('../../membership/src/agent/bin.ts', import.meta.url));
const NODE = ['--import', 'tsx', '--conditions=muster-source', BIN];
const FOREVER = new AbortController().signal;

/** An app that says its pid, so that a test can kill it and not its agent. */
const APP = `
import { createServer } from 'node:http';
createServer((_, response) => response.end(String(process.pid))).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(3));
`;

describe('the agent as a process, on files', () => {
  let dir: string;
  let port: number;
  let stop: AbortController;
  let members: ReadonlyMap<string, Member>;
  let app: Server | null;
  let appStatus: number;
  let probes: number;
  const agents: RunningProcess[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'muster-agent-'));
    await writeFile(join(dir, 'app.mjs'), APP);
    port = await freePort();
    stop = new AbortController();
    members = new Map();
    app = null;
    appStatus = 200;
    probes = 0;
    void followMembers();
  });

  afterEach(async () => {
    stop.abort();
    for (const agent of agents.splice(0)) await agent.kill();
    app?.closeAllConnections();
    app?.close();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  async function followMembers(): Promise<void> {
    const source = fileSource({ dir: join(dir, 'registry'), policy: addressPolicy(['127.0.0.0/8'], []) });
    for await (const set of source.watch('webapp', stop.signal)) members = set.members;
  }

  async function startServer(): Promise<void> {
    app = createServer((_, response) => {
      probes += 1;
      response.writeHead(appStatus).end();
    });
    await new Promise<void>((resolve) => app?.listen(port, '127.0.0.1', resolve));
  }

  function startAgent(env: Record<string, string> = {}, app: readonly string[] = [], shell: readonly string[] = []) {
    const settings = {
      REGISTRY: 'file',
      REGISTRY_DIR: join(dir, 'registry'),
      MEMBER_CIDRS: '127.0.0.0/8',
      MEMBER_ADDRESS: '127.0.0.1',
      MEMBER_ID: 'web-1',
      PORT: String(port),
      HEARTBEAT_MS: '200',
      PROBE_INTERVAL_MS: '50',
      ...env,
    };
    const [command = '', ...args] = [...shell, process.execPath, ...NODE, ...(app.length > 0 ? ['--', ...app] : [])];
    const agent = new RunningProcess({ name: 'agent', command, args, env: settings, logFile: join(dir, 'log') });
    agents.push(agent);
    return agent;
  }

  const wrapped = (env: Record<string, string> = {}) => startAgent(env, [process.execPath, join(dir, 'app.mjs')]);

  const member = () => members.get('web-1');
  const hasStatus = (status: MemberStatus | undefined) =>
    eventually(() => assert.equal(member()?.status, status, logText()));
  const logText = () => readFileSync(join(dir, 'log'), 'utf8');
  const hasLogged = (text: string) =>
    eventually(() => assert.ok(logText().includes(text), `no "${text}" in ${logText()}`));

  /** Registers a balancer that lives at an address where no member may. */
  async function joinBalancer(id: string): Promise<void> {
    const registrar = fileRegistrar({ dir: join(dir, 'registry'), ttlMs: 60_000 });
    const self = {
      service: BALANCER_SERVICE,
      id,
      address: '203.0.113.9',
      port: 7380,
      weight: 1,
      role: 'balancer',
      boot: 'lb',
      tags: {},
    };
    await registrar.join(self, FOREVER);
  }

  async function acknowledge(boot: string): Promise<void> {
    const board = fileDrainBoard({ dir: join(dir, 'registry') });
    const key = { service: 'webapp', id: 'web-1', boot };
    await board.acknowledge(key, { balancer: 'lb-1', state: 'drained', inFlight: 0 }, FOREVER);
  }

  it('joins after the app is ready, fails with it and comes back with it', async () => {
    appStatus = 503;
    await startServer();
    startAgent();
    await eventually(() => assert.ok(probes >= 3));
    assert.equal(member(), undefined);
    appStatus = 200;
    await hasStatus('alive');
    appStatus = 503;
    await hasStatus('failed');
    appStatus = 200;
    await hasStatus('alive');
  });

  it('leaves with 0 once the balancer has acknowledged this boot, whatever it said of an older one', async () => {
    await joinBalancer('lb-1');
    await startServer();
    const agent = startAgent({ DRAIN_TIMEOUT_MS: '60000' });
    await hasStatus('alive');
    const boot = member()?.boot ?? '';
    await acknowledge('0ld');
    agent.signal('SIGTERM');
    await hasStatus('leaving');
    agent.signal('SIGTERM');
    agent.signal('SIGINT');
    await hasLogged('leaving announced');
    assert.equal(agent.exit, null);
    await acknowledge(boot);
    assert.equal((await agent.exited).code, 0);
    await hasStatus(undefined);
    assert.match(logText(), /"acknowledged":\["lb-1"\],"missing":\[\]/);
  });

  it('leaves with 0 when the time for acknowledgements is up', async () => {
    await joinBalancer('lb-1');
    await startServer();
    // Enough to learn of the balancer in, which it waits for in vain.
    const agent = startAgent({ DRAIN_TIMEOUT_MS: '2000' });
    await hasStatus('alive');
    agent.signal('SIGTERM');
    assert.equal((await agent.exited).code, 0);
    await hasStatus(undefined);
    assert.match(logText(), /"missing":\["lb-1"\]/);
  });

  it('says on its descriptor that it runs, and exits with 0 when it is stopped before it has joined', async () => {
    const ready = join(dir, 'ready');
    const agent = startAgent({ NOTIFY_FD: '3', READY: ready }, [], ['sh', '-c', 'exec "$0" "$@" 3>"$READY"']);
    await eventually(() => assert.equal(readFileSync(ready, 'utf8'), '\n'));
    agent.signal('SIGTERM');
    assert.equal((await agent.exited).code, 0);
    assert.match(logText(), /left before it had joined/);
    assert.equal(member(), undefined);
  });

  it('leaves when an operator asks for it', async () => {
    await startServer();
    const agent = startAgent();
    await hasStatus('alive');
    await fileDrainBoard({ dir: join(dir, 'registry') }).setIntent('webapp', 'web-1', 'leave', FOREVER);
    assert.equal((await agent.exited).code, 0);
    await hasStatus(undefined);
  });

  it('clears an intent to leave that an earlier boot left behind, and leaves when it is asked again', async () => {
    const board = fileDrainBoard({ dir: join(dir, 'registry') });
    const intents = () => readdirSync(join(dir, 'registry/intent/webapp'));
    await board.setIntent('webapp', 'web-1', 'leave', FOREVER);
    const agent = startAgent();
    await eventually(() => assert.deepEqual(intents(), []));
    await startServer();
    await hasStatus('alive');
    assert.equal(agent.exit, null);
    await board.setIntent('webapp', 'web-1', 'leave', FOREVER);
    assert.equal((await agent.exited).code, 0);
    await hasStatus(undefined);
    assert.deepEqual(intents(), []);
  });

  it('exits with 1 and every fault when its settings are wrong', async () => {
    const agent = startAgent({ PORT: '0', REGISTRY_DIR: '', TAGS: 'x' });
    assert.equal((await agent.exited).code, 1);
    for (const name of ['PORT', 'REGISTRY_DIR', 'TAGS']) assert.ok(logText().includes(`${name}: `));
  });

  it('marks the member failed when the app around which it runs is killed, and ends with its code', async () => {
    const agent = wrapped({ PROBE_INTERVAL_MS: '60000' });
    await hasStatus('alive');
    const pid = Number(await (await fetch(`http://127.0.0.1:${port}/`)).text());
    assert.ok(agent.children().includes(pid));
    process.kill(pid, 'SIGKILL');
    assert.equal((await agent.exited).code, 137);
    await hasStatus('failed');
    assert.match(readFileSync(join(dir, 'registry/members/webapp/web-1.json'), 'utf8'), /app exited by SIGKILL/);
  });

  it('keeps the app serving through a Ctrl-C until the leave is over, and leaves no process behind', async () => {
    await joinBalancer('lb-1');
    const agent = wrapped({ DRAIN_TIMEOUT_MS: '60000' });
    await hasStatus('alive');
    const boot = member()?.boot ?? '';
    // What a terminal does: the signal goes to the whole foreground group.
    process.kill(-agent.pid, 'SIGINT');
    await hasStatus('leaving');
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
    await acknowledge(boot);
    assert.equal((await agent.exited).code, 0);
    assert.deepEqual(agent.children(), []);
    await hasStatus(undefined);
  });
});
