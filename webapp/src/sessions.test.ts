import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import Keygrip from 'keygrip';
import { countView, createSessions, type Session } from './sessions.js';

const SECRET = 'the secret of all members';
const DAY_MS = 24 * 60 * 60 * 1000;

describe('a session', () => {
  const servers: Server[] = [];
  let now = new Date('2030-01-01T00:00:00Z');
  let url: string;

  before(async () => {
    url = await serve(SECRET);
  });

  after(() => {
    for (const server of servers) server.close().closeAllConnections();
  });

  /** A member that knows this secret, on a free port; its URL. */
  async function serve(secret: string): Promise<string> {
    const app = express().get('/', createSessions(secret), (req, res) => void res.json(countView(req, now)));
    const server = app.listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function visit(base: string, cookie = ''): Promise<{ session: Session; cookie: string }> {
    const answer = await fetch(base, { headers: { cookie } });
    const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    return { session: (await answer.json()) as Session, cookie: cookies.join('; ') };
  }

  /** A cookie as a member that has the secret would sign it. */
  function signed(value: string): string {
    const pair = `NODESESSID=${value}`;
    return `${pair}; NODESESSID.sig=${new Keygrip([SECRET], 'sha256').sign(pair)}`;
  }

  function encoded(content: unknown): string {
    return Buffer.from(JSON.stringify(content)).toString('base64');
  }

  it('goes on at every member with the same secret', async () => {
    const first = await visit(url);
    const second = await visit(await serve(SECRET), first.cookie);
    assert.deepEqual(second.session, { ...first.session, views: 2 });
  });

  it('starts anew at a member with another secret', async () => {
    const first = await visit(url);
    const second = await visit(await serve('another secret'), first.cookie);
    assert.equal(second.session.views, 1);
    assert.notEqual(second.session.id, first.session.id);
  });

  it('starts anew when any character of its cookies was changed', async () => {
    const { cookie } = await visit(url);
    assert.equal((await visit(url, cookie)).session.views, 2);
    for (let at = 0; at < cookie.length; at += 1) {
      // White space around a cookie means nothing (RFC 6265, 5.4).
      if (cookie[at] === ' ') continue;
      const changed = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`;
      assert.equal((await visit(url, changed)).session.views, 1, `character ${at} of ${cookie}`);
    }
  });

  it('starts anew when it was signed with SHA-1, the default of the library', async () => {
    const pair = `NODESESSID=${encoded((await visit(url)).session)}`;
    const { session } = await visit(url, `${pair}; NODESESSID.sig=${new Keygrip([SECRET]).sign(pair)}`);
    assert.equal(session.views, 1);
  });

  it('starts anew a day after the last view, and not before', async () => {
    const start = now;
    const { cookie } = await visit(url);
    now = new Date(start.getTime() + DAY_MS - 1);
    const { session, cookie: renewed } = await visit(url, cookie);
    assert.equal(session.views, 2);
    now = new Date(start.getTime() + DAY_MS);
    assert.equal((await visit(url, cookie)).session.views, 1);
    assert.equal((await visit(url, renewed)).session.views, 3);
  });

  it('starts anew when its cookie is not one of ours', async () => {
    for (const value of ['', '.', '..', 'a.b', 's:lab.signature', encoded({ views: 99 })]) {
      assert.equal((await visit(url, `NODESESSID=${value}`)).session.views, 1, value);
      assert.equal((await visit(url, `NODESESSID=${value}; NODESESSID.sig=`)).session.views, 1, value);
    }
  });

  it('starts anew when what a member signed is not a session', async () => {
    const { session } = await visit(url);
    assert.equal((await visit(url, signed(encoded({ ...session, views: 7 })))).session.views, 8);
    const others = [null, [], 7, {}, { ...session, views: -1 }, { ...session, views: '7' }, { ...session, id: 'me' }];
    for (const value of ['=', 'AAAA', ...others.map(encoded)]) {
      assert.equal((await visit(url, signed(value))).session.views, 1, value);
    }
  });
});
