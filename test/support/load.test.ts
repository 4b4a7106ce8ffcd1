import { strict as assert } from 'node:assert';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { killLoads, startLoad } from './load.js';
import { freePort } from './ports.js';

/** A tool that says "0 failed" has to be able to say something else. */
describe('the load generator', () => {
  let server: Server | null = null;
  afterEach(() => {
    killLoads();
    server?.closeAllConnections();
    server?.close();
  });

  async function serve(listener: RequestListener): Promise<string> {
    const port = await freePort();
    const made = createServer(listener);
    // Only the test ends an idle connection, however long its client is kept from the next request.
    made.keepAliveTimeout = 0;
    server = made;
    await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${port}/`;
  }

  it('keeps half of its connections alive and closes the others', async () => {
    const url = await serve((_request, response) => response.setHeader('X-Backend', 'a').end('ok'));
    const load = await startLoad({ url, thinkMs: 1 });
    await load.more(200);
    const report = await load.stop();
    report.assertNoneFailed();
    const reused = report.records.filter((one) => one.reusedSocket);
    assert.ok(reused.length > 0 && reused.every((one) => one.keepAlive), 'only kept-alive clients reuse a connection');
    assert.equal(
      report.records.filter((one) => one.keepAlive && !one.reusedSocket).length,
      8,
      'one connection per client',
    );
    assert.deepEqual(report.byBackend(), { a: report.requests });
  });

  it('counts a reset of a reused connection as failed, although a browser would try again', async () => {
    const served = new WeakMap<Socket, number>();
    const url = await serve(({ socket }, response) => {
      served.set(socket, (served.get(socket) ?? 0) + 1);
      if (served.get(socket) === 3) socket.resetAndDestroy();
      else response.end('ok');
    });
    const load = await startLoad({ url, thinkMs: 1 });
    await load.more(200);
    const { failed } = await load.stop();
    assert.ok(failed.length > 0);
    assert.ok(
      failed.every((one) => one.error === 'ECONNRESET' && one.reusedSocket),
      JSON.stringify(failed[0]),
    );
  });

  it('counts an answer that is not 2xx, one that is cut short and one that never comes', async () => {
    const answers: RequestListener[] = [
      (_request, response) => response.writeHead(503).end(),
      (_request, response) =>
        response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy()),
      () => undefined,
    ];
    let turn = 0;
    const url = await serve((request, response) => answers[turn++ % 3]?.(request, response));
    const load = await startLoad({ url, clients: 6, thinkMs: 1, timeoutMs: 200 });
    await load.more(30);
    const report = await load.stop();
    assert.equal(report.failed.length, report.requests);
    const kinds = new Set(report.failed.map((one) => one.error ?? String(one.status)));
    assert.ok(kinds.has('503') && kinds.has('TIMEOUT'), [...kinds].join(', '));
    assert.ok(kinds.size >= 3, `a half answer has to fail too: ${[...kinds].join(', ')}`);
    assert.throws(() => report.assertNoneFailed(), /first failures/);
  });

  it('keeps the cookies of each client apart', async () => {
    let next = 0;
    const url = await serve((request, response) => {
      const known = /who=(\d+)/.exec(request.headers.cookie ?? '')?.[1];
      if (known === undefined) response.setHeader('Set-Cookie', `who=${next++}; Path=/`);
      response.setHeader('X-Backend', known ?? 'new').end();
    });
    const load = await startLoad({ url, thinkMs: 1, cookies: true });
    await load.more(100);
    const report = await load.stop();
    assert.equal(report.byBackend().new, 16, 'each client is new once');
  });
});
