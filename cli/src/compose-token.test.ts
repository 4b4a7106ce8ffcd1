import { strict as assert } from 'node:assert';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type FakeDocker, fakeDocker } from '../../test/support/fake-docker.js';
import { composeApiPort } from './compose.js';
import { composeToken } from './compose-token.js';
import { connect } from './connection.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const TOKEN = 'f'.repeat(64);
const PORT_CALL = `${ROOT} compose port ha 7380`;

describe('the token of a cluster in containers', () => {
  let docker: FakeDocker | null = null;
  afterEach(() => {
    docker?.remove();
    docker = null;
  });
  const fake = (answers: Parameters<typeof fakeDocker>[0]) => {
    docker = fakeDocker(answers);
    return docker;
  };

  it('is read out of the balancer that publishes its API on the port, in the folder of the checkout', async () => {
    const { env, calls } = fake({ port: '127.0.0.1:17380', token: TOKEN });
    assert.equal(await composeToken(17_380, env), TOKEN);
    assert.deepEqual(calls(), [PORT_CALL, `${ROOT} compose exec -T ha cat /run/muster/token`]);
  });

  it('is not asked for when the API has another port: who listens there would be sent it', async () => {
    const { env, calls } = fake({ port: '127.0.0.1:7380', token: TOKEN });
    assert.equal(await composeToken(7381, env), null);
    assert.deepEqual(calls(), [PORT_CALL]);
  });

  it('is unknown, without a word, when the service does not run, has no token yet, or there is no Docker', async () => {
    assert.equal(await composeToken(7380, fake({}).env), null);
    docker?.remove();
    assert.equal(await composeToken(7380, fake({ port: '127.0.0.1:7380' }).env), null);
    assert.equal(await composeToken(7380, { PATH: '/nonexistent' }), null);
  });

  it('belongs to a port that loopback reaches', async () => {
    const expected: readonly (readonly [string, number | null])[] = [
      ['0.0.0.0:80', 80],
      ['[::]:80', 80],
      ['192.0.2.1:80', null],
      [':0', null],
      ['invalid', null],
    ];
    for (const [port, found] of expected) {
      assert.equal(await composeApiPort(fake({ port }).env), found, port);
      docker?.remove();
      docker = null;
    }
  });
});

describe('a change of a cluster in containers', () => {
  let server: Server;
  let port: number;
  let docker: FakeDocker;
  let seen: (string | undefined)[];

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('{"accepted":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    docker = fakeDocker({ port: `127.0.0.1:${port}`, token: TOKEN });
  });
  afterEach(() => {
    docker.remove();
    server.closeAllConnections();
    server.close();
  });

  const change = (host: string, env: NodeJS.ProcessEnv = {}) =>
    connect(`${host}:${port}`, { ...docker.env, ...env }).operate('drain', 'webapp', 'web-1');

  it('is made with its token', async () => {
    await change('localhost');
    assert.deepEqual(seen, [`Bearer ${TOKEN}`]);
  });

  it('is made with the token that the user has set, without asking Docker', async () => {
    await change('127.0.0.1', { MUSTER_TOKEN: 'mine' });
    assert.deepEqual([seen, docker.calls()], [['Bearer mine'], []]);
  });

  it('sends no token of this machine to another one', async () => {
    await assert.rejects(change('nowhere.invalid'), { code: 'watcher-unreachable' });
    assert.deepEqual(docker.calls(), []);
  });
});
