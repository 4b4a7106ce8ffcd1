import { strict as assert } from 'node:assert';
import { createServer, type RequestListener, type Server } from 'node:http';
import { freePort } from '../../../test/support/ports.js';
import { chooseRegistry, findPrograms } from './preflight.js';

describe('the programs of a cluster', () => {
  it('keep it from starting when one is missing, with the reason', () => {
    assert.throws(() => findPrograms('haproxy', { HAPROXY_BIN: '/nowhere/haproxy' }), {
      code: 'balancer-missing',
      message: /^cannot start a cluster: HAPROXY_BIN is \/nowhere\/haproxy, .*Install it/,
    });
  });
});

describe('the choice of a registry', () => {
  const signal = new AbortController().signal;
  let server: Server | undefined;

  async function startConsul(listener: RequestListener): Promise<string> {
    const port = await freePort();
    const started = createServer(listener);
    server = started;
    await new Promise<void>((resolve) => started.listen(port, '127.0.0.1', resolve));
    return `127.0.0.1:${port}`;
  }

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it('means files when no Consul is named', async () => {
    assert.deepEqual(await chooseRegistry({}, signal), { kind: 'file', label: 'file registry' });
    const env = { REGISTRY: 'file', CONSUL_HTTP_ADDR: '127.0.0.1:1' };
    assert.equal((await chooseRegistry(env, signal)).kind, 'file');
  });

  it('means Consul when it is named and has a leader, and shows it the token', async () => {
    const seen: unknown[] = [];
    const address = await startConsul(({ url, headers }, response) => {
      seen.push(url, headers['x-consul-token']);
      response.end('"127.0.0.1:8300"');
    });
    const choice = await chooseRegistry(
      { CONSUL_HTTP_ADDR: `http://${address}/`, CONSUL_HTTP_TOKEN: 'secret' },
      signal,
    );
    assert.deepEqual(choice, { kind: 'consul', label: `Consul on ${address}` });
    assert.deepEqual(seen, ['/v1/status/leader', 'secret']);
  });

  it('refuses what the processes would refuse, before anything is started', async () => {
    const refused = (env: NodeJS.ProcessEnv, message: RegExp) =>
      assert.rejects(chooseRegistry(env, signal), { code: 'config-invalid', message });
    await refused({ REGISTRY: 'consul' }, /CONSUL_HTTP_ADDR: REGISTRY=consul needs the address/);
    await refused({ REGISTRY: 'serf' }, /REGISTRY: must be "file" or "consul"/);
    await refused({ CONSUL_HTTP_ADDR: 'http://127.0.0.1/path' }, /CONSUL_HTTP_ADDR: /);
    await refused({ TTL_MS: 'long' }, /TTL_MS: /);
  });

  it('asks on the port of Consul when the address names none', async () => {
    // The name cannot be resolved, so nothing is asked; what is shown is what would be.
    await assert.rejects(chooseRegistry({ CONSUL_HTTP_ADDR: 'consul.invalid' }, signal), {
      code: 'consul-unreachable',
      message: /^cannot use Consul on consul\.invalid:8500 \(CONSUL_HTTP_ADDR\): it does not answer/,
    });
  });

  it('says what is wrong with an answer', async () => {
    const fails = async (listener: RequestListener, message: RegExp) =>
      assert.rejects(chooseRegistry({ CONSUL_HTTP_ADDR: await startConsul(listener) }, signal), {
        code: 'consul-unreachable',
        message,
      });
    await fails((_, response) => response.writeHead(403).end(), /answered with status 403/);
    server?.close();
    await fails((_, response) => response.end('""'), /has no leader/);
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const address = await startConsul(() => stop.abort());
    await assert.rejects(chooseRegistry({ CONSUL_HTTP_ADDR: address }, stop.signal), { name: 'AbortError' });
  });
});
