import { strict as assert } from 'node:assert';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../../../../test/support/eventually.js';
import { type Checks, createChecks } from './checks.js';
import type { Stated, StatedServer } from './running-state.js';

describe('health checks', () => {
  const stop = new AbortController();
  let app: Server;
  let port: number;
  let status: number;
  let asked: number;
  let flips: number;
  let checks: Checks;
  let running: Promise<void>;

  beforeEach(async () => {
    [status, asked, flips] = [200, 0, 0];
    app = createServer((_request, response) => {
      asked += 1;
      if (status > 0) response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    port = (app.address() as AddressInfo).port;
    checks = createChecks(() => {
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

  const server = (patch: Partial<{ port: number; admin: StatedServer[5]; down: boolean }> = {}): StatedServer => [
    ...(['a', 1, '127.0.0.1', patch.port ?? port, 1, patch.admin ?? 'ready', patch.down ?? false, true] as const),
  ];
  const stated = (servers: StatedServer[], patch: Partial<Stated['check']> = {}): Stated => ({
    revision: 'r',
    check: { path: '/readyz', intervalMs: 10, fastMs: 10, downMs: 10, timeoutMs: 200, ...patch },
    backends: { webapp: servers },
  });
  const health = () => checks.verdict('webapp', 'a').health;
  const becomes = (wanted: string) => eventually(() => assert.equal(health(), wanted));

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
    assert.deepEqual(checks.verdict('webapp', 'a'), { health: 'down', answers: true });
    status = 404;
    await becomes('up');
  });

  it('tell one that does not answer from one that answers badly', async () => {
    status = 0;
    checks.follow(stated([server()], { timeoutMs: 20 }));
    await becomes('down');
    assert.equal(checks.verdict('webapp', 'a').answers, false);
  });

  it('begin with what the config says of a server', () => {
    checks.follow(stated([server({ down: true })], { timeoutMs: 10_000 }));
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
    await checks.follow(stated([]));
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(asked - before <= 1);
  });

  it('make a connection only, where there is no path', async () => {
    checks.follow(stated([server()], { path: '' }));
    await becomes('up');
    assert.equal(asked, 0);
  });
});
