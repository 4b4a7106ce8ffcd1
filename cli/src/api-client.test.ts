import { strict as assert } from 'node:assert';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiClient } from './api-client.js';

const EVENT = {
  seq: 7,
  at: '2026-01-01T00:00:00.000Z',
  type: 'member-join',
  service: 'webapp',
  member: 'webapp-1',
  message: 'joined',
  detail: {},
};

describe('the API client', () => {
  let server: Server | null = null;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = null;
  });

  async function serve(listener: RequestListener): Promise<string> {
    const started = createServer(listener);
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  }

  it('says that no watcher answers when the connection is refused', async () => {
    const url = await serve(() => undefined);
    server?.close();
    const api = createApiClient({ url, token: async () => null });
    await assert.rejects(api.members(), {
      code: 'watcher-unreachable',
      message: `no watcher answers on ${url}: is \`npm start\` or \`docker compose up\` running? (--api, MUSTER_API)`,
    });
  });

  it('sends the token with a change, and with nothing else', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
      response.end(JSON.stringify(request.method === 'POST' ? { accepted: true } : { members: [] }));
    });
    const api = createApiClient({ url, token: async () => 'secret' });
    await api.members();
    await api.operate('drain', 'webapp', 'web/1');
    assert.deepEqual(seen, ['GET /v1/members -', 'POST /v1/members/webapp/web%2F1/drain Bearer secret']);
  });

  it('sends a weight, or null for a reset, as JSON', async () => {
    const seen: string[] = [];
    const url = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push(`${request.url} ${request.headers['content-type']} ${body}`);
      response.end('{"accepted":true}');
    });
    const api = createApiClient({ url, token: async () => 'secret' });
    await api.setWeight('webapp', 'web-1', 4);
    await api.setWeight('webapp', 'web-1', null);
    const path = '/v1/members/webapp/web-1/weight application/json';
    assert.deepEqual(seen, [`${path} {"weight":4}`, `${path} {"weight":null}`]);
  });

  it('says where a token comes from when the watcher wants one', async () => {
    const url = await serve((_, response) =>
      response.writeHead(401).end('{"error":{"code":"unauthorized","message":"no token"}}'),
    );
    await assert.rejects(
      createApiClient({ url, token: async () => null }).operate('leave', 'webapp', 'web-1'),
      /wants its token.*MUSTER_TOKEN_FILE.*docker compose exec -T ha cat/,
    );
  });

  it("passes the watcher's own refusal on", async () => {
    const url = await serve((_, response) =>
      response.writeHead(404).end('{"error":{"code":"member-unknown","message":"no member web-9"}}'),
    );
    await assert.rejects(createApiClient({ url, token: async () => 'x' }).operate('drain', 'webapp', 'web-9'), {
      code: 'member-unknown',
      message: /no member web-9/,
    });
  });

  it('does not take the answer of another program for a watcher', async () => {
    const url = await serve((_, response) => response.end('<html>hello</html>'));
    await assert.rejects(createApiClient({ url, token: async () => null }).status(), { code: 'answer-unknown' });
  });

  it('follows events over torn chunks and skips what is no event, until it is aborted', async () => {
    const url = await serve((_, response) => {
      const line = `id: 7\ndata: ${JSON.stringify(EVENT)}\n\n`;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`: hello\n\ndata: nonsense\n\n${line.slice(0, 30)}`);
      setImmediate(() => response.write(line.slice(30)));
    });
    const abort = new AbortController();
    const seen: number[] = [];
    for await (const event of createApiClient({ url, token: async () => null }).follow(0, abort.signal)) {
      seen.push(event.seq);
      abort.abort();
    }
    assert.deepEqual(seen, [7]);
  });
});
