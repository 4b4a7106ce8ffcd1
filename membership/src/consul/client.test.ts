import { strict as assert } from 'node:assert';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { startDeafServer } from '../../../test/support/deaf-server.js';
import { freePort } from '../../../test/support/ports.js';
import { parseConsulAddress } from './address.js';
import { ConsulClient, type ConsulOptions } from './client.js';

/** Keeps the event loop from turning. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('consul client', () => {
  const servers: Server[] = [];
  const clients: ConsulClient[] = [];
  const never = new AbortController().signal;

  /** A client of a server that answers with `listener`. */
  async function clientOf(
    listener: RequestListener,
    options: Partial<ConsulOptions> = {},
    connections = 1,
  ): Promise<ConsulClient> {
    const server = createServer(listener);
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const client = new ConsulClient({ address: parseConsulAddress(`127.0.0.1:${port}`), ...options }, connections);
    servers.push(server);
    clients.push(client);
    return client;
  }

  const read = (client: ConsulClient, signal = never, deadlineMs?: number) =>
    client.call(
      'read members of web',
      (consul, call) => consul.health.service({ service: 'web', ...call }),
      signal,
      deadlineMs,
    );

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('gives headers and body, sends the token, and keeps one connection', async () => {
    const seen: unknown[] = [];
    const ports = new Set<unknown>();
    const client = await clientOf(
      (request, response) => {
        seen.push(request.headers['x-consul-token']);
        ports.add(request.socket.remotePort);
        response.setHeader('content-type', 'application/json').setHeader('x-consul-index', '7').end('[1]');
      },
      { token: 'secret' },
    );
    for (let call = 0; call < 3; call += 1) {
      const { headers, body } = await read(client);
      assert.equal(headers['x-consul-index'], '7');
      assert.deepEqual(body, [1]);
    }
    assert.deepEqual(seen, ['secret', 'secret', 'secret']);
    assert.equal(ports.size, 1);
  });

  it('rejects when the connection is cut in the middle of the body', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
      response.write('[', () => response.destroy());
    });
    await assert.rejects(read(client), { code: 'consul-unreachable', retryable: true, message: /cut in the middle/ });
  });

  it('rejects when the connection is cut in the middle of a chunked 404', async () => {
    const client = await clientOf((_, response) => {
      response.writeHead(404);
      response.write('x', () => response.destroy());
    });
    const get = client.call('read x', (consul, call) => consul.kv.get({ key: 'x', ...call }), never);
    await assert.rejects(get, { code: 'consul-unreachable', retryable: true });
  });

  it('rejects a body above the cap before it is read to its end', async () => {
    const client = await clientOf(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = (): void =>
          void (response.destroyed || response.write('x'.repeat(1000), () => setImmediate(more)));
        more();
      },
      { maxBodyBytes: 10_000 },
    );
    await assert.rejects(read(client), {
      code: 'consul-answer-invalid',
      retryable: true,
      message: /larger than 10000 bytes/,
    });
  });

  it('rejects at its deadline, also when the answer has begun', async () => {
    const silent = await clientOf(() => {});
    await assert.rejects(read(silent, never, 50), { code: 'consul-unreachable', message: /timed out/ });
    const slow = await clientOf((_, response) => void response.writeHead(200).write('['));
    await assert.rejects(read(slow, never, 50), { code: 'consul-unreachable' });
  });

  it('does not wait long for a connection, however long it would wait for an answer', async () => {
    const deaf = await startDeafServer();
    const client = new ConsulClient({ address: parseConsulAddress(`127.0.0.1:${deaf.port}`) }, 1);
    clients.push(client);
    try {
      await assert.rejects(read(client, never, 15_000), {
        code: 'consul-unreachable',
        message: /no connection within 1000 ms/,
      });
    } finally {
      await deaf.close();
    }
  });

  it('takes a connection that came while this process stood still', async () => {
    const client = await clientOf((_, response) => {
      response.setHeader('content-type', 'application/json').end('[1]');
    });
    // When the bound has been set, and before Node looks what its sockets have to say.
    const standStill = () => void Promise.resolve().then(() => process.nextTick(block, 1_100));
    subscribe('net.client.socket', standStill);
    try {
      assert.deepEqual((await read(client, never, 15_000)).body, [1]);
    } finally {
      unsubscribe('net.client.socket', standStill);
    }
  });

  it('takes no connection from before a silence', async () => {
    const ports: unknown[] = [];
    let silent = false;
    const client = await clientOf(
      (request, response) => {
        ports.push(request.socket.remotePort);
        if (!silent) response.end();
      },
      {},
      2,
    );
    await Promise.all([read(client), read(client)]);
    silent = true;
    await assert.rejects(read(client, never, 50), { code: 'consul-unreachable' });
    silent = false;
    await read(client);
    assert.equal(new Set(ports.slice(0, 2)).size, 2, 'two connections before');
    assert.ok(!ports.slice(0, 2).includes(ports.at(-1)), 'an old connection was used again');
  });

  it('rejects when it is aborted, during the call and before, and leaves no listener', async () => {
    const controller = new AbortController();
    const client = await clientOf(() => controller.abort());
    await assert.rejects(read(client, controller.signal), { code: 'aborted' });
    await assert.rejects(read(client, controller.signal), { code: 'aborted' });
    assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
  });

  it('says what was attempted, where, and whether it may succeed later', async () => {
    const answer = (status: number, body: string) =>
      clientOf((_, response) => void response.writeHead(status, { 'content-type': 'text/plain' }).end(body));
    await assert.rejects(read(await answer(500, 'No cluster leader')), {
      code: 'consul-failed',
      retryable: true,
      message: /^read members of web at http:\/\/127\.0\.0\.1:\d+: Consul answered 500 \(No cluster leader\)$/,
    });
    const denied = { code: 'consul-refused', retryable: false, message: /CONSUL_HTTP_TOKEN/ };
    await assert.rejects(read(await answer(403, 'Permission denied')), denied);
    await assert.rejects(read(await answer(429, 'slow down')), { code: 'consul-failed', retryable: true });
    await assert.rejects(read(await answer(404, '')), { code: 'consul-not-found', retryable: false });
    const nobody = new ConsulClient({ address: parseConsulAddress(`127.0.0.1:${await freePort()}`) }, 1);
    await assert.rejects(read(nobody), { code: 'consul-unreachable', retryable: true, message: /ECONNREFUSED/ });
  });

  it('keeps the token out of its errors', async () => {
    const client = await clientOf((_, response) => void response.writeHead(500).end('no'), { token: 'topsecret' });
    const error = await read(client).catch((thrown: unknown) => thrown);
    assert(error instanceof Error);
    const { inspect } = await import('node:util');
    assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /topsecret/);
  });

  it('rejects an answer that claims to be JSON and is not', async () => {
    const client = await clientOf((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    );
    await assert.rejects(read(client), { code: 'consul-answer-invalid', retryable: true });
  });
});
