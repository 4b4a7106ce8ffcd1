import { strict as assert } from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WatcherStatus } from '../../ha/src/watcher/status.js';
import { requireBinary } from '../support/binaries.js';
import { eventually } from '../support/eventually.js';
import { RunningProcess } from '../support/processes.js';

const MUSTER = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));

/** A start is many processes, one after the other; `up` itself gives up a little later than this. */
const START_PATIENCE_MS = 60_000;

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Probed {
  readonly strategy: string;
  readonly kept: boolean;
  readonly requests: { readonly sent: number; readonly failed: number };
  readonly members: readonly { readonly member: string; readonly requests: number }[];
  readonly promises: readonly { readonly name: string; readonly outcome: string }[];
  readonly keys?: Readonly<Record<string, string>>;
}

function muster(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Answer> {
  const options = { env: { PATH: process.env.PATH, TEST_RUN: process.env.TEST_RUN, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [MUSTER, ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

const outcomes = ({ promises }: Probed) => Object.fromEntries(promises.map(({ name, outcome }) => [name, outcome]));

describe('muster probe against a real cluster', () => {
  let folder: string;
  let up: RunningProcess;
  let env: Record<string, string>;

  before(async function () {
    const haproxy = requireBinary(this, 'haproxy');
    folder = mkdtempSync(join(tmpdir(), 'muster-probe-'));
    const logFile = join(folder, 'up.log');
    env = {
      HAPROXY_BIN: haproxy,
      XDG_RUNTIME_DIR: folder,
      SETTINGS_FILE: join(folder, 'settings'),
      // What is probed here has all members in service, also one that has to wait for its turn on this machine.
      CHECK_TIMEOUT: '20s',
      TIMEOUT_CONNECT: '10s',
    };
    up = new RunningProcess({
      name: 'up',
      command: process.execPath,
      args: [MUSTER, 'up', '--scale', '3'],
      env,
      logFile,
    });
    const log = () => readFileSync(logFile, 'utf8');
    const api = await eventually(() => {
      const [, found] = /API\s+(\S+)\/v1[\s\S]*Ctrl-C/.exec(log()) ?? [];
      assert.ok(found, `no panel yet: ${log()}`);
      return found;
    }, START_PATIENCE_MS);
    env = { ...env, MUSTER_API: api };
  });

  after(async () => {
    await up?.kill();
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function probe(...args: readonly string[]): Promise<Probed & { readonly code: number }> {
    const { code, stdout, stderr } = await muster(env, 'probe', '--json', ...args);
    assert.equal(stderr, '');
    return { code, ...(JSON.parse(stdout) as Probed) };
  }

  /** In one step: half an edit would be one more reload. */
  function writeSettings(text: string): void {
    const file = join(folder, 'settings');
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  /** Edits the live settings and waits until the balancer runs them. */
  async function setLive(balance: string, stickyCookie = ''): Promise<void> {
    writeSettings(`BALANCE=${balance}\nSTICKY_COOKIE=${stickyCookie}\n`);
    await eventually(async () => {
      const { balance: runs, stickyCookie: cookie, inSync } = await status();
      assert.deepEqual([runs, cookie, inSync], [balance, stickyCookie, true]);
    });
  }

  async function status(): Promise<WatcherStatus> {
    return (await (await fetch(`${env.MUSTER_API}/v1/status`)).json()) as WatcherStatus;
  }

  it('finds the cluster, knows its strategy and its members, and sees round robin kept to the last request', async () => {
    const result = await probe('-n', '1000');
    assert.deepEqual([result.code, result.kept, result.strategy], [0, true, 'roundrobin']);
    assert.deepEqual(outcomes(result), { answered: 'kept', shares: 'kept', 'in-turn': 'kept' });
    const counts = result.members.map(({ member, requests }) => [member, requests]);
    assert.deepEqual(
      counts.map(([member]) => member),
      ['webapp-1', 'webapp-2', 'webapp-3'],
    );
    assert.deepEqual(counts.map(([, requests]) => requests).sort(), [333, 333, 334]);
  });

  it('ends with 1 when a promise is broken, and shows which, in a table, a histogram and a plot', async () => {
    const plot = join(folder, 'plot.svg');
    const weights = 'webapp-1=2,webapp-2=1,webapp-3=1';
    const { code, stdout, stderr } = await muster(
      env,
      ...['probe', '-n', '300', '--no-keep-alive', '--expect', 'weighted', '--weights', weights, '--plot', plot],
    );
    assert.deepEqual([code, stderr], [1, ''], 'no progress bar outside a terminal');
    assert.match(stdout, /^webapp-1 +100 +33\.33 +50\.00 +-16\.67 /m);
    assert.match(stdout, /^webapp-1 {2}#+ +\| +33\.33 %$/m);
    assert.match(stdout, /^broken +each share within 2 points of its weight's: at most 16\.67 off,$/m);
    assert.match(readFileSync(plot, 'utf8'), /^<svg [\s\S]*webapp-3[\s\S]*<\/svg>\n$/);
  });

  it('sees sessions move without a sticky cookie, and stay with one; no view is lost either way', async () => {
    const moving = await probe('-n', '200', '-c', '4', '--expect', 'sticky');
    assert.equal(moving.code, 1);
    assert.deepEqual(outcomes(moving), { answered: 'kept', sticky: 'broken', 'session-views': 'kept' });
    await setLive('roundrobin', 'lb');
    const staying = await probe('-n', '200', '-c', '4', '--cookies');
    assert.deepEqual([staying.code, staying.strategy], [0, 'sticky']);
    assert.deepEqual(outcomes(staying), { answered: 'kept', sticky: 'kept', 'session-views': 'kept' });
  });

  it('sees that keys stay where they were at a reload', async () => {
    await setLive('header:X-User');
    const file = join(folder, 'keys.json');
    const keys = ['-n', '300', '--header', 'X-User: u{n%100}'];
    const before = await probe(...keys, '--keys', file);
    assert.equal(Object.keys(before.keys ?? {}).length, 100);
    const { reloads } = await status();
    writeSettings('BALANCE=header:X-User\nTIMEOUT_SERVER=29s\n');
    await eventually(async () => {
      const now = await status();
      assert.ok(now.reloads > reloads && now.inSync, 'no reload yet');
    });
    const after = await probe(...keys, '--compare', file);
    assert.deepEqual([after.code, after.keys], [0, before.keys]);
    assert.deepEqual(outcomes(after), { answered: 'kept', 'same-member': 'kept', 'keys-moved': 'kept' });
  });
});

describe('muster probe against any app', () => {
  let server: Server;
  let url: string;
  let served = 0;
  const env = { MUSTER_API: '' };

  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/never/0') return;
      served += 1;
      response.setHeader('X-Served-By', `app-${1 + (served % 2)}`).end('hello');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('tells the members apart by what the app sends, and says how when it cannot', async () => {
    const unknown = await muster(env, 'probe', url);
    assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
    assert.match(
      unknown.stderr,
      /^muster: cannot tell which member answered: .* no header x-backend .*--by header:NAME/,
    );
    const { code, stdout } = await muster(env, 'probe', url, '-n', '100', '-c', '1', '--by', 'header:X-Served-By');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^app-1 +50 .*\napp-2 +50 /m);
  });

  it('counts an answer that does not come in time as failed', async () => {
    const args = ['-n', '30', '-c', '30', '--path', '/never/{n%2}', '--timeout', '6', '--expect', 'any', '--json'];
    const { code, stdout, stderr } = await muster(env, 'probe', url, ...args, '--by', 'header:X-Served-By');
    assert.deepEqual([code, stderr], [1, '']);
    const slow = JSON.parse(stdout) as Probed;
    assert.deepEqual([slow.requests.failed, outcomes(slow)], [15, { answered: 'broken' }]);
  });

  it('is one error, not ten thousand, when nobody listens', async () => {
    const { code, stdout, stderr } = await muster(env, 'probe', 'http://127.0.0.1:9/');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^muster: cannot send requests to http:\/\/127\.0\.0\.1:9\/: ECONNREFUSED\..*\n$/);
  });

  it('prints what was seen so far at Ctrl-C, and ends with 130', async () => {
    const before = served;
    const args = [MUSTER, 'probe', url, '-n', '1000000', '-c', '2', '--by', 'header:X-Served-By'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    const closed = once(child, 'close');
    await eventually(() => assert.ok(served > before + 100, 'it does not send yet'));
    child.kill('SIGINT');
    assert.deepEqual(await closed, [130, null]);
    assert.match(stdout, /: \d+ of 1000000 requests, 2 clients/);
    assert.match(stdout.replaceAll('\n', ' '), /interrupted, [0-2] open/);
    assert.match(stdout, /^app-2 +\d+ /m);
  });
});
