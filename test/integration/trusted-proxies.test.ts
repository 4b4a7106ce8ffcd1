import { strict as assert } from 'node:assert';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request,
  type Server,
} from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBalancers, requireBinary } from '../support/binaries.js';
import { eachBalancer } from '../support/each-balancer.js';
import { PATIENCE_MS } from '../support/eventually.js';
import { freePort } from '../support/ports.js';
import { versionOf } from '../support/program-version.js';
import { type Members, type RunningBalancer, startBalancer } from '../support/running-balancer.js';

const [PROXY, OTHER_PROXY, STRANGER] = ['127.0.0.2', '127.0.0.17', '127.0.0.4'];
const TRUSTED_PROXIES = '127.0.0.2/32, 127.0.0.16/28,::1/128';
const HAS_IPV6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));

interface Seen {
  readonly app: string;
  readonly headers: IncomingHttpHeaders;
}

/** An app that answers with its name and the headers that reached it. */
async function startMirror(
  name: string,
): Promise<{ readonly id: string; readonly port: number; readonly server: Server }> {
  const port = await freePort();
  const server = createServer(({ headers }, response) => response.end(JSON.stringify({ app: name, headers })));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { id: name, port, server };
}

/** What the app sees of a request from an address of this machine. */
function send(
  url: string,
  from: string,
  headers: OutgoingHttpHeaders = {},
  agent: Agent | false = false,
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { localAddress: from, headers, agent, timeout: PATIENCE_MS }, async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      if (answer.statusCode === 200) resolve(JSON.parse(text) as Seen);
      else reject(new Error(`${answer.statusCode}: ${text}`));
    });
    sent.once('error', reject).once('timeout', () => sent.destroy(new Error('no answer')));
    sent.end();
  });
}

describe('trusted proxies', () => {
  let mirrors: Awaited<ReturnType<typeof startMirror>>[];
  let members: Members;

  before(async function () {
    requireBinary(this, 'haproxy');
    requireBinary(this, 'nginx');
    mirrors = await Promise.all(['a', 'b', 'c'].map(startMirror));
    members = mirrors.map(({ id, port }) => ({ id, port, weight: 1 }));
  });
  after(() => {
    for (const { server } of mirrors ?? []) server.close();
  });

  for (const program of eachBalancer()) {
    describe(`${program.name} ${versionOf(program.bin)}`, () => {
      let balancer: RunningBalancer;
      let url: string;
      let ipv6: string;

      before(async () => {
        const [port, port6] = [await freePort(), await freePort()];
        const BIND = HAS_IPV6 ? `127.0.0.1:${port},[::1]:${port6}` : `127.0.0.1:${port}`;
        url = `http://127.0.0.1:${port}/`;
        ipv6 = `http://[::1]:${port6}/`;
        balancer = await startBalancer(program, {}, { TRUSTED_PROXIES, BIND });
        await balancer.apply({}, members);
      });
      after(() => balancer?.close());

      const client = async (from: string, headers: OutgoingHttpHeaders, agent?: Agent) =>
        (await send(url, from, headers, agent)).headers['x-forwarded-for'];
      const protocol = async (from: string, headers: OutgoingHttpHeaders) =>
        (await send(url, from, headers)).headers['x-forwarded-proto'];

      it('say who the client is by the last entry of the last X-Forwarded-For', async () => {
        for (const proxy of [PROXY, OTHER_PROXY]) {
          assert.equal(await client(proxy, { 'X-Forwarded-For': '192.0.2.7' }), '192.0.2.7');
          assert.equal(await client(proxy, { 'X-Forwarded-For': '10.9.9.9, 192.0.2.7' }), '192.0.2.7');
          assert.equal(await client(proxy, { 'X-Forwarded-For': ['10.9.9.9, 10.9.9.8', '192.0.2.7'] }), '192.0.2.7');
        }
        assert.equal(await client(PROXY, { 'X-Forwarded-For': '192.0.2.7:4711' }), '192.0.2.7');
      });

      it('are not misled by quotes and brackets of the client', async () => {
        for (const text of [
          '[2001:db8::bad]", 192.0.2.7',
          '", 192.0.2.7',
          '[2001:db8::bad, 192.0.2.7',
          '"10.9.9.9,192.0.2.7',
        ])
          assert.equal(await client(PROXY, { 'X-Forwarded-For': text }), '192.0.2.7', text);
      });

      it('say it of clients with IPv6 too, and over IPv6', async function () {
        assert.equal(await client(PROXY, { 'X-Forwarded-For': '2001:db8::7' }), '2001:db8::7');
        assert.equal(await client(PROXY, { 'X-Forwarded-For': '10.9.9.9, [2001:db8::7]:4711' }), '2001:db8::7');
        if (!HAS_IPV6) return this.skip();
        const { headers } = await send(ipv6, '::1', { 'X-Forwarded-For': '2001:db8::7', 'X-Forwarded-Proto': 'https' });
        assert.deepEqual([headers['x-forwarded-for'], headers['x-forwarded-proto']], ['2001:db8::7', 'https']);
      });

      it('are the client themselves where they name none, or something that is no address', async () => {
        assert.equal(await client(PROXY, {}), PROXY);
        for (const text of ['unknown', '192.0.2.7, junk', '_hidden', '', '[', '192.0.2.777', 'x'.repeat(2_000)])
          assert.equal(await client(PROXY, { 'X-Forwarded-For': text }), PROXY, text);
      });

      it('say whether the client came by https; without a word of theirs, or a strange one, it is http', async () => {
        assert.equal(await protocol(PROXY, { 'X-Forwarded-Proto': 'https' }), 'https');
        assert.equal(await protocol(PROXY, { 'X-Forwarded-Proto': 'http' }), 'http');
        assert.equal(await protocol(PROXY, {}), 'http');
        assert.equal(await protocol(PROXY, { 'X-Forwarded-Proto': 'javascript' }), 'http');
        assert.equal(await protocol(PROXY, { 'X-Forwarded-Proto': 'https, http' }), 'http');
      });

      it('are the only ones who may say either', async () => {
        const forged = { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https' };
        for (const headers of [forged, { ...forged, 'X-Forwarded-For': ['192.0.2.7', PROXY] }]) {
          const seen = await send(url, STRANGER, {
            ...headers,
            Forwarded: 'for=192.0.2.7',
            'X-Real-IP': PROXY,
          });
          const { 'x-forwarded-for': who, 'x-forwarded-proto': how, forwarded, 'x-real-ip': real } = seen.headers;
          assert.deepEqual([who, how, forwarded, real], [STRANGER, 'http', undefined, undefined]);
        }
      });

      it('say it of each request of a connection anew, also of one that is upgraded', async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        try {
          assert.equal(await client(PROXY, { 'X-Forwarded-For': '192.0.2.7' }, agent), '192.0.2.7');
          assert.equal(await client(PROXY, { 'X-Forwarded-For': '192.0.2.8' }, agent), '192.0.2.8');
          assert.equal(await client(PROXY, {}, agent), PROXY);
        } finally {
          agent.destroy();
        }
        const upgrade = { Connection: 'upgrade', Upgrade: 'mirror', 'X-Forwarded-Proto': 'https' };
        const { headers } = await send(url, PROXY, { ...upgrade, 'X-Forwarded-For': '192.0.2.7' });
        assert.deepEqual([headers['x-forwarded-for'], headers['x-forwarded-proto']], ['192.0.2.7', 'https']);
      });

      it('keep a client on its member by its own address, whichever proxy it comes through', async () => {
        await balancer.apply({ BALANCE: 'source' }, members);
        const appOf = async (from: string, who: string) => (await send(url, from, { 'X-Forwarded-For': who })).app;
        const clients = Array.from({ length: 60 }, (_, index) => `192.0.2.${index + 1}`);
        const through = (proxy: string) => Promise.all(clients.map((who) => appOf(proxy, who)));
        const [first, second] = [await through(PROXY), await through(OTHER_PROXY)];
        assert.deepEqual(second, first);
        assert.equal(new Set(first).size, 3, 'all clients of the proxy are one client');
        const forged = await through(STRANGER);
        assert.equal(new Set(forged).size, 1, 'a client chose its member by a forged address');
      });
    });
  }

  it('may be more than a line of HAProxy has words', async () => {
    const many = Array.from({ length: 200 }, (_, index) => `10.${index}.0.0/16`);
    for (const program of [findBalancers('haproxy')[0], findBalancers('nginx')[0]]) {
      const balancer = await startBalancer(
        program ?? assert.fail('no program'),
        {},
        {
          TRUSTED_PROXIES: [...many, `${PROXY}/32`].join(','),
        },
      );
      try {
        await balancer.apply({}, members);
        const { headers } = await send(balancer.url, PROXY, { 'X-Forwarded-For': '192.0.2.7' });
        assert.equal(headers['x-forwarded-for'], '192.0.2.7');
      } finally {
        await balancer.close();
      }
    }
  });

  it('are refused at the start by an NGINX without the realip module', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'muster-realip-'));
    const bin = join(dir, 'nginx');
    writeFileSync(bin, '#!/bin/sh\necho "nginx version: nginx/1.30.6 --with-http_stub_status_module" >&2\n');
    chmodSync(bin, 0o755);
    try {
      await assert.rejects(startBalancer({ name: 'nginx', bin }, {}, { TRUSTED_PROXIES }), {
        code: 'nginx-unfit',
        message: /built without the realip module, which TRUSTED_PROXIES needs/,
      });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
