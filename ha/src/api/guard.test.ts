import { strict as assert } from 'node:assert';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { startFixture, TOKEN } from './fixture.test.js';

const DRAIN = '/v1/members/webapp/web-1/drain';

describe('the guards of the API', () => {
  let fixture: Awaited<ReturnType<typeof startFixture>>;
  before(async () => {
    fixture = await startFixture({ allowedHosts: ['Muster.example', '[fd00::7]'] });
  });
  after(() => fixture.close());
  const code = (json: unknown) => (json as { error: { code: string } }).error.code;
  const authorized = (headers: Record<string, string> = {}) => {
    return { method: 'POST', headers: { Authorization: `Bearer ${TOKEN}`, ...headers } };
  };

  it('accept loopback names and addresses and the allowed hosts, with any port', async () => {
    const loopback = ['localhost', 'LOCALHOST:1', 'localhost.', '127.0.0.1:7380', '127.8.9.1', '[::1]', '[::1]:7380'];
    for (const host of [...loopback, '[0:0:0:0:0:0:0:1]', 'muster.example:80', '[fd00::7]:80']) {
      assert.equal((await fixture.send('/v1/status', { headers: { Host: host } })).status, 200, host);
    }
  });

  it('refuse a rebound name and every other Host, for reads, changes, metrics and unknown routes', async () => {
    const names = [
      'evil.example',
      'evil.example:7380',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      'sub.localhost',
    ];
    const forged = [
      '0.0.0.0',
      '10.0.0.1',
      '[::]',
      '[::2]',
      '127.0.0.1:x',
      '127.0.0.1@evil.example',
      'evil.example/127.0.0.1',
    ];
    for (const host of [...names, ...forged]) {
      const { status, json } = await fixture.send('/v1/status', { headers: { Host: host } });
      assert.equal(status, 403, host);
      assert.equal(code(json), 'host-forbidden');
    }
    const headers = { Host: 'evil.example' };
    for (const path of ['/metrics', '/v1/events?follow=1', '/nowhere']) {
      assert.equal((await fixture.send(path, { headers })).status, 403, path);
    }
    assert.equal((await fixture.send(DRAIN, authorized(headers))).status, 403);
    assert.deepEqual(fixture.calls, []);
  });

  it('refuse a request without a Host, as HTTP/1.0 allows it', async () => {
    const socket = connect(fixture.api.port, '127.0.0.1');
    socket.write('GET /v1/status HTTP/1.0\r\n\r\n');
    assert.match(await readAll(socket.setEncoding('utf8')), /^HTTP\/1.1 403 .*host-forbidden/s);
  });

  it('refuse a foreign Origin for every method, even with the token', async () => {
    const { port } = fixture.api;
    const origins = [
      'http://evil.example',
      'null',
      `http://localhost:${port}`,
      'http://127.0.0.1:1',
      'http://127.0.0.1',
    ];
    for (const origin of origins) {
      for (const request of [{ headers: { Origin: origin } }, authorized({ Origin: origin })]) {
        const { status, json } = await fixture.send(DRAIN, request);
        assert.equal(status, 403, origin);
        assert.equal(code(json), 'origin-forbidden');
      }
    }
    const preflight = { method: 'OPTIONS', headers: { Origin: 'http://evil.example' } };
    assert.equal((await fixture.send(DRAIN, preflight)).status, 403);
    assert.deepEqual(fixture.calls, []);
  });

  it('accept the own Origin', async () => {
    const headers = { Origin: `http://127.0.0.1:${fixture.api.port}` };
    assert.equal((await fixture.send('/v1/status', { headers })).status, 200);
  });

  it('refuse a change without the token or with a wrong one, also on unknown routes', async () => {
    const before = fixture.calls.length;
    const missing = ['', 'Basic YTpi', 'Bearer', 'Bearer ', `Bearer ${TOKEN} x`];
    const wrong = ['Bearer x', `Bearer ${'b'.repeat(64)}`, `Bearer ${TOKEN}a`, `Bearer ${TOKEN.slice(1)}`];
    for (const Authorization of [...missing, ...wrong]) {
      for (const path of [DRAIN, '/nowhere']) {
        const { status, headers, json } = await fixture.send(path, { method: 'POST', headers: { Authorization } });
        assert.equal(status, 401, Authorization);
        assert.equal(headers['www-authenticate'], 'Bearer');
        assert.equal(code(json), wrong.includes(Authorization) ? 'token-wrong' : 'token-missing');
      }
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']) {
      assert.equal((await fixture.send('/v1/status', { method })).status, 401, method);
    }
    assert.equal(fixture.calls.length, before);
  });

  it('accept the token with the scheme in any case', async () => {
    const request = { method: 'POST', headers: { Authorization: `bearer ${TOKEN}` } };
    assert.equal((await fixture.send(DRAIN, request)).status, 202);
  });
});
