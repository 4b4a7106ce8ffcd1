import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { AdminAccess } from './admin.js';
import { createApp } from './app.js';
import { createHomePage } from './home-page.js';
import { createLifecycle } from './lifecycle.js';
import { createSessions } from './sessions.js';

const TOKEN = 'a-token-that-is-long';
const BROWSER = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

describe('the webapp', () => {
  const servers: Server[] = [];
  const lifecycle = createLifecycle();
  let url: string;

  before(async () => {
    url = await serve('web-1', { kind: 'open' });
  });

  after(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  /** A member of its own on a free port; its URL. */
  async function serve(memberId: string, adminAccess: AdminAccess): Promise<string> {
    const log = pino({ level: 'silent' });
    const sessions = createSessions('the secret of all members');
    const app = createApp({ memberId, lifecycle, sessions, adminAccess, homePage: createHomePage(), log });
    const server = createServer(app).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function postDelay(base: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
    const type = { 'Content-Type': 'application/json' };
    return fetch(`${base}/delay`, { method: 'POST', body, headers: { ...type, ...headers } });
  }

  async function assertFault(answer: Response, status: number, code: string, message: RegExp): Promise<void> {
    assert.equal(answer.status, status);
    const { error } = (await answer.json()) as { error: { code: string; message: string } };
    assert.equal(error.code, code);
    assert.match(error.message, message);
  }

  describe('GET /', () => {
    it('answers programs with JSON that says who answered', async () => {
      const answer = await fetch(url);
      const { id, ...rest } = (await answer.json()) as { id: string };
      assert.deepEqual(rest, { hello: 'world!', ip: '127.0.0.1', host: 'web-1', tag: 'web-1', sessionViews: 1 });
      assert.match(id, /^[0-9a-f-]{36}$/);
      assert.equal(answer.headers.get('x-backend'), 'web-1');
      assert.equal(answer.headers.get('x-backend-ip'), '127.0.0.1');
      assert.equal(answer.headers.get('x-powered-by'), null);
    });

    it('answers browsers with a page that loads nothing and runs nothing', async () => {
      const answer = await fetch(url, { headers: BROWSER });
      const html = await answer.text();
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
      assert.match(policy, /default-src 'none'/);
      assert.doesNotMatch(policy, /unsafe|script-src/);
      assert.match(html, /<h1>web-1<\/h1>/);
      assert.doesNotMatch(html, /<script|style=|(src|href)="http/);
      const nonce = /<style nonce="([^"]+)">/.exec(html)?.[1];
      assert.ok(nonce !== undefined && policy.includes(`'nonce-${nonce}'`));
    });

    it('keeps counting views when the visitor moves to another member', async () => {
      const other = await serve('web-2', { kind: 'open' });
      let cookie = '';
      const seen: unknown[] = [];
      for (const base of [url, other, url]) {
        const answer = await fetch(base, { headers: { cookie: `theme=dark; ${cookie}` } });
        const cookies = answer.headers.getSetCookie();
        assert.equal(cookies.length, 2);
        assert.match(cookies[0] ?? '', /^NODESESSID=[^;]+; path=\/; samesite=lax; httponly$/);
        assert.match(cookies[1] ?? '', /^NODESESSID\.sig=[^;]+; path=\/; samesite=lax; httponly$/);
        cookie = cookies.map((line) => line.split(';')[0]).join('; ');
        const { host, sessionViews, id } = (await answer.json()) as Record<string, unknown>;
        seen.push([host, sessionViews, id]);
      }
      const id = (seen[0] as unknown[])[2];
      assert.deepEqual(seen, [
        ['web-1', 1, id],
        ['web-2', 2, id],
        ['web-1', 3, id],
      ]);
    });

    it('gives a forged cookie a new session', async () => {
      const answer = await fetch(url, { headers: { cookie: 'NODESESSID=eyJ2aWV3cyI6OTl9; NODESESSID.sig=AAAA' } });
      assert.equal(((await answer.json()) as { sessionViews: number }).sessionViews, 1);
    });

    it('marks the cookie secure when the balancer was asked over https', async () => {
      const answer = await fetch(url, { headers: { 'X-Forwarded-Proto': 'https' } });
      const cookies = answer.headers.getSetCookie();
      assert.deepEqual([cookies.length, cookies.filter((line) => /; secure;/.test(line)).length], [2, 2]);
    });
  });

  describe('health', () => {
    it('follows the lifecycle on /readyz, and /healthz is always fine; neither makes a session', async () => {
      assert.equal((await fetch(`${url}/readyz`)).status, 503);
      lifecycle.ready();
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
      const alive = await fetch(`${url}/healthz`);
      assert.equal(alive.status, 200);
      assert.equal(alive.headers.get('set-cookie'), null);
    });
  });

  describe('what it says of its own load on /readyz', () => {
    const timing = async (base: string) => (await fetch(`${base}/readyz`)).headers.get('server-timing');

    it('is nothing at first, then how long GET / takes; not what takes long because its client asked', async () => {
      const own = await serve('web-timed', { kind: 'open' });
      await (await fetch(`${own}/slow?ms=120`)).text();
      assert.equal(await timing(own), null);
      await postDelay(own, '{"delay":120}');
      for (let i = 0; i < 12; i += 1) await (await fetch(own)).text();
      const app = Number(/(?:^|, )app;dur=([\d.]+)/.exec((await timing(own)) ?? '')?.[1]);
      assert.ok(app > 60 && app < 30_000, `${app} ms`);
    });
  });

  describe('POST /delay', () => {
    it('makes GET / slow without keeping others waiting, and 0 resets it', async () => {
      const slow = await serve('web-slow', { kind: 'open' });
      assert.equal((await postDelay(slow, '{"delay":60000}')).status, 200);
      const waiting = new AbortController();
      const pending = fetch(slow, { signal: waiting.signal });
      assert.equal((await fetch(`${slow}/healthz`)).status, 200);
      waiting.abort();
      await assert.rejects(pending, { name: 'AbortError' });
      assert.deepEqual(await (await postDelay(slow, '{"delay":0}')).json(), { delay: 0 });
      assert.equal((await fetch(slow)).status, 200);
    });

    for (const body of ['{}', '{"delay":-1}', '{"delay":60001}', '{"delay":1.5}', '{"delay":"5"}', '{"delay":null}']) {
      it(`answers 400 that names the field to ${body}`, async () => {
        await assertFault(
          await postDelay(url, body),
          400,
          'input-invalid',
          /^delay must be a whole number.*0 to 60000/,
        );
      });
    }

    it('answers 400 to anything that is not a JSON object', async () => {
      await assertFault(await postDelay(url, '{"delay":'), 400, 'body-malformed', /not valid JSON/);
      await assertFault(await postDelay(url, '[]'), 400, 'input-invalid', /JSON object/);
      const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
      await assertFault(await postDelay(url, 'delay=5', form), 400, 'body-missing', /application\/json/);
    });

    it('answers 413 to a body that is too large', async () => {
      await assertFault(await postDelay(url, JSON.stringify({ x: 'x'.repeat(2000) })), 413, 'body-too-large', /larger/);
    });

    it('needs the token when one is set', async () => {
      const guarded = await serve('web-3', { kind: 'token', token: TOKEN });
      await assertFault(await postDelay(guarded, '{"delay":0}'), 401, 'token-missing', /Authorization: Bearer/);
      const wrong = { Authorization: `Bearer ${TOKEN.toUpperCase()}` };
      await assertFault(await postDelay(guarded, '{"delay":0}', wrong), 401, 'token-wrong', /not the ADMIN_TOKEN/);
      assert.equal((await postDelay(guarded, '{"delay":0}', { Authorization: `Bearer ${TOKEN}` })).status, 200);
    });

    it('is refused when no token was set outside development', async () => {
      const closed = await serve('web-4', { kind: 'refused' });
      const any = { Authorization: `Bearer ${TOKEN}` };
      await assertFault(await postDelay(closed, '{"delay":0}', any), 403, 'admin-disabled', /ADMIN_TOKEN/);
    });
  });

  describe('GET /slow', () => {
    it('answers after the wait that was asked for', async () => {
      assert.deepEqual(await (await fetch(`${url}/slow?ms=5`)).json(), { host: 'web-1', sleptMs: 5 });
    });

    for (const query of ['', '?ms=', '?ms=-1', '?ms=60001', '?ms=1e3', '?ms=1&ms=2']) {
      it(`answers 400 to /slow${query}`, async () => {
        await assertFault(await fetch(`${url}/slow${query}`), 400, 'input-invalid', /^ms must be/);
      });
    }
  });

  it('answers what it does not know with 404, the same shape and the member', async () => {
    const answer = await fetch(`${url}/nothing`);
    assert.equal(answer.headers.get('x-backend'), 'web-1');
    await assertFault(answer, 404, 'not-found', /GET \/nothing/);
  });
});
