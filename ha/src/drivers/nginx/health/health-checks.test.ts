import { strict as assert } from 'node:assert';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually, PATIENCE_MS } from '../../../../../test/support/eventually.js';
import type { Stated, StatedServer } from '../running-state.js';
import { createHealthChecks, type HealthChecks } from './health-checks.js';

describe('health checks', () => {
  const stop = new AbortController();
  let app: Server;
  let port: number;
  let status: number;
  let asked: number;
  let host: string | undefined;
  let flips: number;
  let checks: HealthChecks;
  let running: Promise<void>;

  beforeEach(async () => {
    [status, asked, flips] = [200, 0, 0];
    app = createServer(({ headers }, response) => {
      asked += 1;
      host = headers.host;
      if (status > 0) response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    port = (app.address() as AddressInfo).port;
    checks = createHealthChecks(() => {
      flips += 1;
    });
    running = checks.run(stop.signal);
  });
  afterEach(() => {
    checks.follow(stated([]));
    app.closeAllConnections();
    app.close();
  });
  after(async () => {
    stop.abort();
    await running;
  });

  const server = (patch: Partial<StatedServer> = {}): StatedServer => ({
    ...{ name: 'a', serverId: 1, address: '127.0.0.1', port, weight: 1, admin: 'ready', down: false, checked: true },
    ...patch,
  });
  /** The app is in this process: a check times out only where a test says so. */
  const stated = (servers: StatedServer[], patch: Partial<Stated['check']> = {}): Stated => ({
    revision: 'r',
    check: { path: '/readyz', intervalMs: 10, fastMs: 10, downMs: 10, timeoutMs: PATIENCE_MS, ...patch },
    backends: { webapp: servers },
  });
  const health = () => checks.of('webapp', 'a').health;
  const becomes = (wanted: string) => eventually(() => assert.equal(health(), wanted));

  it('name the server as a browser would, port and brackets included', async function () {
    checks.follow(stated([server()]));
    await eventually(() => assert.equal(host, `127.0.0.1:${port}`));
    await new Promise((resolve) => app.close(resolve));
    app.once('error', () => undefined).listen(port, '::1');
    await new Promise((resolve) => app.once('listening', resolve).once('error', resolve));
    if (!app.listening) return this.skip();
    checks.follow(stated([server({ address: '::1' })]));
    await eventually(() => assert.equal(host, `[::1]:${port}`));
  });

  it('know nothing before the first answer, and call once it is there', async () => {
    assert.equal(health(), 'unknown');
    checks.follow(stated([server()]));
    await becomes('up');
    assert.equal(flips, 1);
  });

  it('take a server out after two failures in a row, and back after one answer', async () => {
    checks.follow(stated([server()], { intervalMs: 200, fastMs: 200 }));
    await becomes('up');
    status = 500;
    const before = asked;
    await becomes('down');
    assert.ok(asked - before >= 2, `${asked - before} checks`);
    assert.deepEqual(checks.of('webapp', 'a'), { health: 'down', answers: true });
    status = 404;
    await becomes('up');
  });

  it('tell one that does not answer from one that answers badly', async () => {
    status = 0;
    checks.follow(stated([server()], { timeoutMs: 20 }));
    await becomes('down');
    assert.equal(checks.of('webapp', 'a').answers, false);
  });

  it('begin with what the config says of a server', () => {
    checks.follow(stated([server({ down: true })]));
    assert.equal(health(), 'down');
  });

  it('keep a verdict under another rule, and forget it at another address', async () => {
    checks.follow(stated([server()]));
    await becomes('up');
    checks.follow(stated([server()], { intervalMs: 20 }));
    assert.equal(health(), 'up');
    checks.follow(stated([server({ port: 1 })]));
    assert.equal(health(), 'unknown');
  });

  it('leave alone what is in maintenance or gone', async () => {
    checks.follow(stated([server()]));
    await becomes('up');
    checks.follow(stated([server({ admin: 'maint' })]));
    assert.equal(health(), 'unknown');
    const before = asked;
    checks.follow(stated([]));
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(asked - before <= 1);
  });

  it('make a connection only, where there is no path', async () => {
    checks.follow(stated([server()], { path: '' }));
    await becomes('up');
    assert.equal(asked, 0);
  });
});
