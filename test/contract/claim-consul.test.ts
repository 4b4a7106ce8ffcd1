import { strict as assert } from 'node:assert';
import { createServer, type Server } from 'node:http';
import { consulRegistrar, parseConsulAddress, type Registrar } from '@muster/membership';
import { claimPlace } from '../../membership/src/claim/claim.js';
import { requireBinary } from '../support/binaries.js';
import { TestConsul } from '../support/consul.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { freePort } from '../support/ports.js';
import { LONG_TTL_MS, newService, registration } from './harness.js';

const DEADLINE_MS = 60_000;

/** What happens just before Consul gets a call; a status is the answer in its place. */
type Interference = (call: string) => Promise<number | undefined> | undefined;

describe('claiming an address in Consul', () => {
  const signal = new AbortController().signal;
  const asked: string[] = [];
  let interfere: Interference = () => undefined;
  let consul: TestConsul;
  let proxy: Server;
  let registrar: Registrar;
  let port: number;
  let service: string;

  const join = (id: string, at = 3000) => registrar.join(registration(service, id, at), signal);
  const claim = () => {
    const access = { address: parseConsulAddress(`127.0.0.1:${port}`), token: null };
    const place = { service: newService(), id: 'new', address: '127.0.0.1', port: 3000 };
    return claimPlace({ consul: access }, place, DEADLINE_MS);
  };
  const listed = async () => {
    const services = (await consul.api('GET', 'agent/services')) as Record<string, { Port: number }>;
    return Object.entries(services).map(([id, { Port }]) => `${id} ${Port}`);
  };

  before(async function () {
    consul = await TestConsul.start(requireBinary(this, 'consul'));
    const address = parseConsulAddress(consul.address);
    registrar = consulRegistrar({ address, requestTimeoutMs: PATIENCE_MS, ttlMs: LONG_TTL_MS, reapAfterMs: 60_000 });
    port = await freePort();
    proxy = createServer(async ({ method = '', url = '' }, response) => {
      asked.push(`${method} ${url}`);
      const status = await interfere(`${method} ${url}`);
      const answer = status ? null : await fetch(`http://${consul.address}${url}`, { method });
      response.writeHead(status ?? answer?.status ?? 500).end(await answer?.text());
    });
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    service = newService();
    asked.length = 0;
  });
  afterEach(async () => {
    interfere = () => undefined;
    for (const id of ['a', 'b']) await registrar.leave(service, id, signal);
  });
  after(async () => {
    proxy?.closeAllConnections();
    proxy?.close();
    await consul?.close();
  });

  it('asks the Consul agent alone, which needs no leader for its answers', async () => {
    await join('a');
    assert.deepEqual(await claim(), [`${service}/a`]);
    for (const call of asked) assert.match(call, /^(GET|PUT) \/v1\/agent\//);
    assert.deepEqual(await listed(), []);
  });

  it('says that the member has failed before it takes it out', async () => {
    // A third of a second is what it gives to that, which a busy machine may take.
    await eventually(async () => {
      asked.length = 0;
      await join('a');
      await claim();
      const [failed = -1, removed = -1] = [/check\/fail/, /deregister/].map((step) =>
        asked.findIndex((call) => step.test(call)),
      );
      assert.ok(failed >= 0 && failed < removed, asked.join('\n'));
    });
  });

  it('removes an entry whose check is gone', async () => {
    await join('a');
    await consul.api('PUT', `agent/check/deregister/service:${service}:a`);
    assert.deepEqual(await claim(), [`${service}/a`]);
  });

  it('removes an entry though Consul takes its time to answer, as without a leader', async () => {
    await join('a');
    interfere = (call) => (call.includes('/check/fail/') ? new Promise(() => {}) : undefined);
    assert.deepEqual(await claim(), [`${service}/a`]);
    assert.deepEqual(await listed(), []);
  });

  it('leaves an entry alone that has moved after it was listed', async () => {
    await join('a');
    interfere = async (call) => {
      if (call.startsWith('GET /v1/agent/service/')) await join('a', 3001);
      return undefined;
    };
    assert.deepEqual(await claim(), []);
    assert.deepEqual(await listed(), [`${service}:a 3001`]);
    assert.ok(!asked.some((call) => call.startsWith('PUT')), asked.join('\n'));
  });

  it('removes the others when one cannot be removed, and says which', async () => {
    await join('a');
    await join('b');
    interfere = async (call) => (/deregister\/.*a$/.test(call) ? 500 : undefined);
    const message = new RegExp(`^not removed: ${service}/a \\(.*Consul answered 500\\); removed: ${service}/b$`);
    await assert.rejects(claim(), { message });
    assert.deepEqual(await listed(), [`${service}:a 3000`]);
  });

  it('takes an entry that goes meanwhile for gone', async () => {
    await join('a');
    interfere = async (call) => {
      if (call.includes('/deregister/')) await registrar.leave(service, 'a', signal);
      return undefined;
    };
    await claim();
    assert.deepEqual(await listed(), []);
  });
});
