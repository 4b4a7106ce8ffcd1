import { strict as assert } from 'node:assert';
import { connect } from 'node:net';
import { createLogger } from '@muster/membership';
import { Registry } from 'prom-client';
import { freePort } from '../../../test/support/ports.js';
import type { Endpoint } from '../endpoint.js';
import { createHistory } from '../events/history.js';
import { createStream } from '../events/stream.js';
import { STATUS, startFixture, TOKEN } from './fixture.test.js';
import { startApi } from './server.js';

const nothing = async () => {};

function start(bind: Endpoint, signal: AbortSignal) {
  const plan = () => ({ text: '', steps: [], reload: null });
  const view = { passes: () => true, status: () => STATUS, members: () => [], plan };
  const actions = { drain: nothing, ready: nothing, leave: nothing, setWeight: nothing };
  const parts = { view, actions, history: createHistory(), stream: createStream(), metrics: new Registry() };
  return startApi({ ...parts, bind, signal, token: TOKEN, allowedHosts: [], logger: createLogger('test', 'silent') });
}

describe('startApi', () => {
  it('names the address when another process has it', async () => {
    const fixture = await startFixture();
    const bind = `127.0.0.1:${fixture.api.port}`;
    await assert.rejects(start({ address: '127.0.0.1', port: fixture.api.port }, new AbortController().signal), {
      code: 'address-in-use',
      message: `cannot listen on ${bind} for the API: another process has the port; stop it or set API_BIND to another one`,
    });
    await fixture.close();
  });

  it('refuses an address of another machine', async () => {
    const { signal } = new AbortController();
    await assert.rejects(start({ address: '192.0.2.1', port: 7380 }, signal), { code: 'bind-failed' });
  });

  it('does not start when it was stopped before', async () => {
    await assert.rejects(start({ address: '127.0.0.1', port: 0 }, AbortSignal.abort()), { name: 'AbortError' });
  });

  it('stops although a connection is idle and another has half a request, and frees the port', async () => {
    // Not one of the kernel's choice: it may give that to a client of another process as soon as it is free.
    const fixture = await startFixture({ port: await freePort() });
    const idle = connect(fixture.api.port, '127.0.0.1').on('error', () => {});
    const half = connect(fixture.api.port, '127.0.0.1').on('error', () => {});
    half.write('GET /v1/status HTTP/1.1\r\nHost: localhost\r\n');
    await (await fetch(`${fixture.api.url}/v1/status`)).text();
    await fixture.close();
    const stop = new AbortController();
    const again = await start({ address: '127.0.0.1', port: fixture.api.port }, stop.signal);
    stop.abort();
    await again.closed;
    idle.destroy();
    half.destroy();
  });
});
