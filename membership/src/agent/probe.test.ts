import { strict as assert } from 'node:assert';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { probe } from './probe.js';

describe('one probe of an app', () => {
  const signal = new AbortController().signal;
  let server: Server;

  const listen = async (listener: RequestListener, path = '/readyz') => {
    server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { address: '127.0.0.1', port: (server.address() as AddressInfo).port, path };
  };

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  for (const [status, healthy] of [
    [200, true],
    [302, true],
    [404, true],
    [499, true],
    [500, false],
    [503, false],
  ] as const) {
    it(`takes an answer with status ${status} for ${healthy ? 'healthy' : 'unhealthy'}`, async () => {
      const endpoint = await listen((_, response) => response.writeHead(status).end());
      assert.equal((await probe(endpoint, 10_000, signal)).reason, healthy ? null : `/readyz answered ${status}`);
    });
  }

  it('takes an answer whose body never ends for healthy', async () => {
    const endpoint = await listen((_, response) => response.writeHead(200).write('x'));
    assert.equal((await probe(endpoint, 10_000, signal)).reason, null);
  });

  it('takes no answer in time for unhealthy', async () => {
    const endpoint = await listen(() => {});
    const { reason, latencyMs } = await probe(endpoint, 30, signal);
    assert.equal(reason, 'no answer within 30 ms');
    assert.ok(latencyMs >= 29, `${latencyMs} ms`);
  });

  it('takes a refused connection for unhealthy, with a path and without', async () => {
    const endpoint = await listen(() => {});
    await new Promise((resolve) => server.close(resolve));
    assert.match((await probe(endpoint, 10_000, signal)).reason ?? '', /ECONNREFUSED/);
    assert.match((await probe({ ...endpoint, path: '' }, 10_000, signal)).reason ?? '', /ECONNREFUSED/);
  });

  it('is content with a connection when there is no path', async () => {
    const endpoint = await listen((_, response) => response.writeHead(503).end(), '');
    assert.equal((await probe(endpoint, 10_000, signal)).reason, null);
  });

  it('measures how long the app took, and reads what the app says of itself', async () => {
    const answerAfterMs = 40;
    const endpoint = await listen((_, response) =>
      setTimeout(() => response.setHeader('Server-Timing', ['loop;dur=1', 'cpu;dur=2']).end(), answerAfterMs),
    );
    const { latencyMs, serverTiming } = await probe(endpoint, 10_000, signal);
    assert.ok(latencyMs >= answerAfterMs - 1 && latencyMs < 10_000, `${latencyMs} ms`);
    assert.equal(serverTiming, 'loop;dur=1, cpu;dur=2');
  });

  it('ends at once when it is aborted', async () => {
    const endpoint = await listen(() => {});
    const stop = new AbortController();
    const result = probe(endpoint, 60_000, stop.signal);
    stop.abort();
    assert.equal((await result).reason, 'probe was ended');
  });
});
