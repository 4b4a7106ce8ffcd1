import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireBinary } from '../support/binaries.js';
import { eventually } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { freePort } from '../support/ports.js';
import { RunningProcess } from '../support/processes.js';

const MUSTER = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));

/** A start is many processes, one after the other; `up` itself gives up a little later than this. */
const START_PATIENCE_MS = 60_000;

/** Whatever runs on this machine, each `up` of these tests finds its own ports: they are read from its panel. */
interface Up {
  readonly process: RunningProcess;
  readonly url: string;
  readonly api: string;
  readonly log: () => string;
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('muster up, as users run it', function () {
  // A start and two more waits.
  this.timeout(180_000);
  let haproxy: string;
  let nginx: string | null = null;
  let base: string;
  const processes: RunningProcess[] = [];

  before(function () {
    haproxy = requireBinary(this, 'haproxy');
  });

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'muster-up-'));
  });

  afterEach(async () => {
    for (const one of processes.splice(0)) await one.kill();
    await rm(base, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A member that has to wait for its turn on this machine is no dead one; those that are killed are noticed at once. */
  const env = () => ({
    HAPROXY_BIN: haproxy,
    NGINX_BIN: nginx ?? '',
    XDG_RUNTIME_DIR: base,
    CHECK_TIMEOUT: '20s',
    TIMEOUT_CONNECT: '10s',
  });
  const runDirs = () => readdirSync(base).filter((name) => name.startsWith('muster-'));

  function spawnUp(name: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): RunningProcess {
    const logFile = join(base, `${name}.log`);
    const started = new RunningProcess({
      name,
      command: process.execPath,
      args: [MUSTER, 'up', ...args],
      env: { ...env(), ...more },
      logFile,
    });
    processes.push(started);
    return started;
  }

  async function startUp(name: string, ...args: readonly string[]): Promise<Up> {
    const started = spawnUp(name, args);
    const log = () => readFileSync(join(base, `${name}.log`), 'utf8');
    const state = () => (started.exit ? 'ended' : 'no panel yet');
    await eventually(() => assert.match(log(), /Ctrl-C/, `${state()}: ${log()}`), START_PATIENCE_MS);
    const found = /Muster serves\s+(\S+)\//.exec(log())?.[1];
    const api = /API\s+(\S+)\/v1/.exec(log())?.[1];
    assert.ok(found && api, log());
    return { process: started, url: found, api, log };
  }

  async function muster(up: Up | null, ...args: readonly string[]): Promise<Answer> {
    const named = up ? { MUSTER_API: up.api } : {};
    return new Promise((resolve) => {
      const options = { env: { PATH: process.env.PATH, TEST_RUN: process.env.TEST_RUN, ...env(), ...named } };
      execFile(process.execPath, [MUSTER, ...args], options, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  }

  async function members(
    up: Up,
  ): Promise<
    readonly { id: string; status: string; server: { health: string; admin: string } | null; boot: string }[]
  > {
    return JSON.parse((await muster(up, 'members', '--json')).stdout);
  }

  /** From the API itself: a command of ours may take longer to start than a request is in flight. */
  async function inFlight(up: Up): Promise<number> {
    const answer = (await (await fetch(`${up.api}/v1/members`)).json()) as {
      readonly members: readonly { readonly server: { readonly inFlight: number } | null }[];
    };
    return answer.members.reduce((sum, { server }) => sum + (server?.inFlight ?? 0), 0);
  }

  const appPid = (up: Up, id: string) => Number(new RegExp(`${id} .* (\\d+) +│ *$`, 'm').exec(up.log())?.[1]);

  async function assertGone(up: Up): Promise<void> {
    assert.deepEqual(runDirs(), []);
    for (const url of [up.url, up.api]) await assert.rejects(fetch(url), `${url} still answers`);
    await hasNoProcess(up.process);
  }

  /** What was sent a SIGKILL is gone as soon as it gets its turn. */
  function hasNoProcess(started: RunningProcess): Promise<void> {
    return eventually(() => assert.deepEqual(started.children(), []));
  }

  /** On a connection of its own: one that was kept may have been closed in the meantime. */
  const answerOf = (up: Up) => fetch(up.url, { headers: { connection: 'close' } });

  it('serves, scales over `muster scale`, and leaves nothing behind at Ctrl-C', async () => {
    const up = await startUp('up', '--scale', '2');
    const seen = new Set<string | null>();
    for (let i = 0; i < 8; i += 1) seen.add((await answerOf(up)).headers.get('x-backend'));
    assert.deepEqual([...seen].sort(), ['webapp-1', 'webapp-2']);

    assert.deepEqual(await muster(up, 'scale', '4'), { code: 0, stdout: 'webapp: 4 of 4 members serve\n', stderr: '' });
    assert.deepEqual(await muster(up, 'scale', '1'), { code: 0, stdout: 'webapp: 1 of 1 members serve\n', stderr: '' });
    await eventually(async () =>
      assert.deepEqual(
        (await members(up)).map(({ id }) => id),
        ['webapp-1'],
      ),
    );
    assert.equal((await answerOf(up)).status, 200);

    up.process.signal('SIGINT');
    up.process.signal('SIGINT');
    assert.equal((await up.process.exited).code, 0);
    await assertGone(up);
  });

  it('starts an app again that was killed, and says so', async () => {
    const up = await startUp('up', '--scale', '2');
    const boot = (await members(up)).find(({ id }) => id === 'webapp-2')?.boot;
    process.kill(appPid(up, 'webapp-2'), 'SIGKILL');
    await eventually(async () => {
      const back = (await members(up)).find(({ id }) => id === 'webapp-2');
      assert.deepEqual([back?.status, back?.server?.health, back?.boot !== boot], ['alive', 'up', true]);
    });
    assert.match(up.log(), /webapp-2 ended because its app was ended by SIGKILL: started again/);
  });

  it('starts a member, the watcher and HAProxy again that were killed, without an orphan', async () => {
    const up = await startUp('up', '--scale', '1');
    for (const name of ['agent --', 'ha/dist/main.js', 'haproxy -W']) {
      const killed = pidsOf(up, name)[0];
      assert.ok(killed, name);
      process.kill(killed, 'SIGKILL');
      await eventually(async () => {
        assert.ok(
          pidsOf(up, name).some((pid) => pid !== killed),
          `${name} is not back`,
        );
        assert.deepEqual(
          (await members(up)).map(({ server }) => server?.health),
          ['up'],
        );
        assert.equal((await answerOf(up)).status, 200);
      });
    }
    const apps = () => pidsOf(up, 'webapp/dist/main.js').filter((pid) => !pidsOf(up, 'agent --').includes(pid));
    await eventually(() => assert.equal(apps().length, 1));
  });

  it('drains, readies and lets a member leave for good', async () => {
    const up = await startUp('up', '--scale', '2');
    assert.equal((await muster(up, 'drain', 'webapp-2')).code, 0);
    await eventually(async () => assert.equal((await members(up))[1]?.server?.admin, 'drain'));
    assert.equal((await muster(up, 'ready', 'webapp-2')).code, 0);
    await eventually(async () => assert.equal((await members(up))[1]?.server?.admin, 'ready'));
    assert.equal((await muster(up, 'leave', 'webapp-2')).code, 0);
    await eventually(() => assert.match(up.log(), /webapp-2 left: it is not started again/));
    await eventually(async () =>
      assert.deepEqual(
        (await members(up)).map(({ id }) => id),
        ['webapp-1'],
      ),
    );
    assert.equal((await muster(up, 'drain', 'webapp-9')).code, 1);
    assert.equal((await muster(up, 'scale', '2')).stdout, 'webapp: 2 of 2 members serve\n');
  });

  it('follows events until Ctrl-C', async () => {
    const up = await startUp('up', '--scale', '1');
    const logFile = join(base, 'events.log');
    const args = [MUSTER, 'events', '--follow', '--json'];
    const follow = new RunningProcess({
      name: 'events',
      command: process.execPath,
      args,
      env: { ...env(), MUSTER_API: up.api },
      logFile,
    });
    processes.push(follow);
    await eventually(() => assert.match(readFileSync(logFile, 'utf8'), /"member":"webapp-1"/));
    await muster(up, 'scale', '2');
    await eventually(() =>
      assert.match(readFileSync(logFile, 'utf8'), /"type":"member-join","service":"webapp","member":"webapp-2"/),
    );
    follow.signal('SIGINT');
    assert.equal((await follow.exited).code, 0);
  });

  it('leaves nothing behind when it is killed itself', async () => {
    const up = await startUp('up', '--scale', '2');
    const started = up.process.children();
    assert.ok(started.length >= 8, `${started}`);
    up.process.signal('SIGKILL');
    await eventually(() => assertGone(up));
  });

  if (FULL)
    it('runs beside another one on ports of its own, and its end does not touch the other', async () => {
      const one = await startUp('one', '--scale', '1');
      const two = await startUp('two', '--scale', '1');
      assert.notEqual(one.url, two.url);
      assert.match(two.log(), new RegExp(`MUSTER_API=${two.api.replace('http://', '')} npx muster scale`));
      assert.equal((await muster(two, 'scale', '2')).stdout, 'webapp: 2 of 2 members serve\n');
      assert.equal((await members(one)).length, 1);
      two.process.signal('SIGTERM');
      assert.equal((await two.process.exited).code, 0);
      assert.equal((await answerOf(one)).status, 200);
      assert.equal((await members(one)).length, 1);
    });

  it("runs the user's own app, and refuses a port that is busy when it was asked for by name", async () => {
    await writeFile(join(base, 'app.cjs'), OWN_APP);
    const port = await freePort();
    const up = await startUp(
      'up',
      '--scale',
      '1',
      '--port',
      String(port),
      '--',
      process.execPath,
      join(base, 'app.cjs'),
    );
    assert.equal(up.url, `http://127.0.0.1:${port}`);
    assert.equal(await (await answerOf(up)).text(), 'my own app');
    const second = spawnUp('second', ['--port', String(port)]);
    assert.equal((await second.exited).code, 1);
    assert.match(readFileSync(join(base, 'second.log'), 'utf8'), new RegExp(`^muster: cannot use port ${port} `, 'm'));
  });

  describe('with NGINX', () => {
    before(function () {
      nginx = requireBinary(this, 'nginx');
    });

    const startNginx = () => startUp('up', '--balancer', 'nginx', '--scale', '2');
    const masterOf = (up: Up) => pidsOf(up, 'nginx: master process').at(-1) ?? assert.fail('no master runs');
    const workersOf = (up: Up) => pidsOf(up, 'nginx: worker process');

    async function serves(up: Up): Promise<void> {
      await eventually(async () => {
        assert.deepEqual(
          (await members(up)).map(({ server }) => server?.health),
          ['up', 'up'],
        );
        assert.equal((await answerOf(up)).status, 200);
      });
    }

    it('starts it again after kill -9 of master, worker or both it and the watcher, answers what is in flight, and ends', async () => {
      const up = await startNginx();
      assert.match(up.log(), /^ {2}runs {4}NGINX 1\.\d+\.\d+, 2 × webapp, file registry$/m);
      // Long enough to be seen, and over before the old worker would be cut off.
      const slow = fetch(`${up.url}/slow?ms=6000`);
      await eventually(async () => assert.ok((await inFlight(up)) > 0, 'nothing is in flight'));
      const old = masterOf(up);
      process.kill(old, 'SIGKILL');
      await eventually(() => assert.notEqual(masterOf(up), old));
      await serves(up);
      assert.equal((await slow).status, 200);
      assert.match(up.log(), /nginx was ended by SIGKILL: started again/);

      process.kill(workersOf(up).at(-1) ?? assert.fail('no worker runs'), 'SIGKILL');
      await serves(up);
      const both = [masterOf(up), pidsOf(up, 'ha/dist/main.js')[0] ?? assert.fail('no watcher runs')];
      for (const pid of both) process.kill(pid, 'SIGKILL');
      await eventually(() => assert.ok(!both.includes(masterOf(up))));
      await serves(up);

      up.process.signal('SIGINT');
      assert.equal((await up.process.exited).code, 0);
      await assertGone(up);
    });

    if (FULL)
      it('leaves no worker behind when it is killed itself, right after the master', async () => {
        const up = await startNginx();
        process.kill(masterOf(up), 'SIGKILL');
        up.process.signal('SIGKILL');
        await up.process.exited;
        await eventually(() => assertGone(up));
      });

    it('says what to do when there is no NGINX', async () => {
      const up = spawnUp('up', ['--balancer', 'nginx'], { NGINX_BIN: '/nowhere/nginx' });
      assert.equal((await up.exited).code, 1);
      assert.match(readFileSync(join(base, 'up.log'), 'utf8'), /NGINX_BIN is \/nowhere\/nginx, .* Install it/);
      assert.deepEqual(runDirs(), []);
    });
  });

  it('says which part could not start, with the end of its log, and leaves nothing behind', async () => {
    const up = spawnUp('up', [
      '--scale',
      '1',
      '--',
      process.execPath,
      '-e',
      'console.error("no database"); process.exit(9)',
    ]);
    assert.equal((await up.exited).code, 1);
    const said = readFileSync(join(base, 'up.log'), 'utf8');
    assert.match(
      said,
      /muster: cannot start the cluster: webapp-1 ended with code 9\nThe last lines of its log:\n.*no database/s,
    );
    assert.deepEqual(runDirs(), []);
  });

  it('says that Consul does not answer before it starts anything', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const up = spawnUp('up', [], { CONSUL_HTTP_ADDR: address });
    assert.equal((await up.exited).code, 1);
    assert.match(
      readFileSync(join(base, 'up.log'), 'utf8'),
      new RegExp(`^muster: cannot use Consul on ${address} .*ECONNREFUSED`, 'm'),
    );
    assert.deepEqual(runDirs(), []);
  });

  it('ends in order when Ctrl-C comes during the start', async () => {
    const up = spawnUp('up', ['--scale', '2']);
    await eventually(() => assert.ok(up.children().length > 2));
    up.signal('SIGINT');
    assert.equal((await up.exited).code, 0);
    assert.deepEqual(runDirs(), []);
    await hasNoProcess(up);
  });
});

const OWN_APP = `
const { createServer } = require('node:http');
createServer((_, response) => response.end('my own app')).listen(Number(process.env.PORT), '127.0.0.1');
`;

/** Processes of this cluster whose command line holds the text, in ascending order. */
function pidsOf(up: Up, text: string): readonly number[] {
  const holds = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').includes(text);
    } catch {
      return false;
    }
  };
  return up.process
    .children()
    .filter(holds)
    .sort((a, b) => a - b);
}
