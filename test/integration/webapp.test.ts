import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.js';

const ROOT = join(import.meta.dirname, '..', '..');

interface Webapp {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** Everything that it logged so far. */
  log(): string;
  /** Sends the signal; the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

describe('the webapp as a process', () => {
  const running = new Set<ChildProcess>();

  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });

  function launch(env: Record<string, string>): ChildProcess {
    const main = join(ROOT, 'webapp', 'src', 'main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', main], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: '0', MEMBER_ID: 'web-1', NOTIFY_FD: '3', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  /** Starts it and waits, as s6 does, for the newline and the end on its readiness descriptor. */
  async function start(env: Record<string, string> = {}): Promise<Webapp> {
    const child = launch(env);
    let log = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (log += chunk));
    assert.equal(await text(child.stdio[3] as Readable), '\n', log);
    const port = await eventually(() => {
      const ready = /"port":(\d+),"msg":"ready"/.exec(log);
      assert.ok(ready, log);
      return Number(ready[1]);
    });
    // Not `exit`: the last lines of its log may come after that.
    const ended = once(child, 'close');
    return {
      child,
      port,
      url: `http://127.0.0.1:${port}`,
      log: () => log,
      async stop(signal = 'SIGTERM') {
        child.kill(signal);
        const [code] = await ended;
        return code;
      },
    };
  }

  async function exitOf(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
    const stderr = text(child.stderr as Readable);
    const [code] = await once(child, 'close');
    return { code, stderr: await stderr };
  }

  /** Opens a raw connection, sends `request`, and collects what comes back until the end. */
  async function raw(
    port: number,
    request: string,
  ): Promise<{ socket: Socket; received: () => string; ended: Promise<unknown> }> {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    const ended = once(socket, 'close');
    await once(socket, 'connect');
    if (request !== '') socket.write(request);
    return { socket, received: () => received, ended };
  }

  async function until(app: Webapp, message: string): Promise<void> {
    await eventually(() => assert.ok(app.log().includes(`"msg":"${message}"`), app.log()));
  }

  /** What a browser would send back; one line for the session and one for its signature. */
  function cookiesOf(answer: Response): string {
    const pairs = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    assert.equal(pairs.length, 2);
    return pairs.join('; ');
  }

  it('shares sessions between members that share the secret', async () => {
    const env = { SESSION_SECRET: 'the secret of all members' };
    const [first, second] = await Promise.all([start(env), start({ ...env, MEMBER_ID: 'web-2' })]);
    const cookie = cookiesOf(await fetch(first.url));
    const answer = (await (await fetch(second.url, { headers: { cookie } })).json()) as Record<string, unknown>;
    assert.equal(answer.host, 'web-2');
    assert.equal(answer.sessionViews, 2);
    assert.doesNotMatch(first.log() + second.log(), /the secret of all members/);
    assert.deepEqual(await Promise.all([first.stop(), second.stop('SIGINT')]), [0, 0]);
  });

  it('makes a secret of its own when none is set, and says so', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const cookie = cookiesOf(await fetch(first.url));
    const answer = (await (await fetch(second.url, { headers: { cookie } })).json()) as Record<string, unknown>;
    assert.equal(answer.sessionViews, 1);
    assert.match(first.log(), /SESSION_SECRET is not set/);
  });

  it('finishes requests in flight, however often the signal comes, and closes idle connections', async () => {
    const app = await start({ STOP_TIMEOUT_MS: '60000' });
    const idle = await raw(app.port, 'GET /healthz HTTP/1.1\r\nHost: web\r\n\r\n');
    await eventually(() => assert.match(idle.received(), /Keep-Alive: timeout=75/));
    const unused = await raw(app.port, '');
    // Still in flight after all of the below, also where a process has to wait for its turn.
    const busy = await raw(app.port, 'GET /slow?ms=5000 HTTP/1.1\r\nHost: web\r\n\r\n');
    const half = await raw(app.port, 'GET /readyz HTTP/1.1\r\nHost: web\r\n');
    // Answered after the above were read, as one process reads connections in order of arrival.
    await fetch(`${app.url}/healthz`);

    const exit = app.stop();
    await until(app, 'stopping');
    app.child.kill('SIGTERM');
    app.child.kill('SIGINT');
    await Promise.all([idle.ended, unused.ended]);
    await assert.rejects(fetch(`${app.url}/healthz`));
    half.socket.write('\r\n');
    await half.ended;
    assert.match(half.received(), /^HTTP\/1\.1 503 [\s\S]*Connection: close[\s\S]*"stopping"/i);
    await busy.ended;
    assert.match(busy.received(), /^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*"sleptMs":5000/i);
    assert.equal(await exit, 0);
    assert.equal(app.log().split('"msg":"stopping"').length, 2, 'it began to stop once');
  });

  it('says goodbye to event streams and WebSockets', async () => {
    const app = await start();
    // More streams than Node's usual limit of listeners.
    const streams = await Promise.all(Array.from({ length: 12 }, () => fetch(`${app.url}/events`)));
    const client = new WebSocket(`ws://127.0.0.1:${app.port}/ws`);
    const closed = once(client, 'close');
    await once(client, 'open');
    client.send('echo this');
    const [message, isBinary] = await once(client, 'message');
    assert.deepEqual([String(message), isBinary], ['echo this', false]);

    const exit = app.stop();
    const [code] = await closed;
    assert.equal(code, 1001);
    for (const stream of streams) {
      const events = await stream.text();
      assert.match(events, /^event: tick\ndata: {"host":"web-1","tick":1}\n\n/);
      assert.match(events, /event: stopping\ndata: {"host":"web-1"}\n\n$/);
    }
    assert.equal(await exit, 0);
    assert.doesNotMatch(app.log(), /MaxListeners/);
  });

  it('survives a WebSocket message that is too large and refuses other paths', async () => {
    const app = await start();
    const large = new WebSocket(`ws://127.0.0.1:${app.port}/ws`);
    await once(large, 'open');
    large.send('x'.repeat(65 * 1024));
    const [code] = await once(large, 'close');
    assert.equal(code, 1009);
    const elsewhere = new WebSocket(`ws://127.0.0.1:${app.port}/elsewhere`);
    const [error] = await once(elsewhere, 'error');
    assert.match(String(error), /404/);
    assert.equal((await fetch(`${app.url}/readyz`)).status, 200);
  });

  it('cuts what is still there after STOP_TIMEOUT_MS, and exits 0', async () => {
    const app = await start({ STOP_TIMEOUT_MS: '100' });
    const stuck = await raw(app.port, 'GET /slow?ms=60000 HTTP/1.1\r\nHost: web\r\n\r\n');
    await fetch(`${app.url}/healthz`);
    assert.equal(await app.stop(), 0);
    await stuck.ended;
    assert.equal(stuck.received(), '');
    assert.match(app.log(), /"cut":1/);
  });

  it('names all faults of its settings and exits 1', async () => {
    const { code, stderr } = await exitOf(launch({ PORT: 'http', LOG_LEVEL: 'loud', SESSION_SECRET: 'short' }));
    assert.equal(code, 1);
    assert.match(stderr, /PORT must be[\s\S]*LOG_LEVEL must be[\s\S]*SESSION_SECRET must have/);
  });

  it('says who is in the way when its port is taken, and exits 1', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    try {
      const { code, stderr } = await exitOf(launch({ PORT: String(port) }));
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`cannot listen on 127.0.0.1 port ${port}: another program uses this port`));
    } finally {
      holder.close();
    }
  });
});
