import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fakeDocker } from '../../test/support/fake-docker.js';
import { settingsFrom } from './agent.js';

/** As it is built: what users run, and several times as fast to start as from its source. */
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const muster = (...args: readonly string[]) =>
  musterWith({ ...process.env, MUSTER_API: 'http://127.0.0.1:26' }, ...args);

async function musterWith(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('muster', () => {
  it('ends with 1 and one line on stderr when it cannot do what was asked', async () => {
    const { code, stderr, stdout } = await muster('members');
    assert.deepEqual(
      { code, stdout, stderr },
      {
        code: 1,
        stdout: '',
        stderr:
          'muster: no watcher answers on http://127.0.0.1:26: is `npm start` or `docker compose up` running? (--api, MUSTER_API)\n',
      },
    );
  });

  it('ends with 2 for a usage error and with 0 for its help', async () => {
    assert.equal((await muster('membres')).code, 2);
    assert.equal((await muster('events', '--last', 'many')).code, 2);
    assert.equal((await muster('up', '--scale', '101')).code, 2);
    assert.match((await muster('--help')).stdout, /^ {2}up .*^ {2}members .*^ {2}agent /ms);
  });

  it('refuses a scale that no cluster can have', async () => {
    assert.match((await muster('scale', '--', '-1')).stderr, /cannot scale to "-1": give a whole number from 0 to 100/);
  });
});

describe('muster scale, where no local cluster runs', () => {
  it('names the command that scales a cluster in containers, and scales nothing', async () => {
    // Ports are named, so that nobody's cluster on this machine is meant.
    const docker = fakeDocker({ port: '127.0.0.1:27' });
    const { code, stderr } = await musterWith({ ...docker.env, MUSTER_API: '127.0.0.1:27' }, 'scale', '8');
    assert.equal(code, 1);
    assert.match(stderr, /runs in containers, which Compose scales: docker compose up -d --scale webapp=8\n$/);
    const calls = docker.calls();
    assert.ok(calls.length === 1 && calls[0]?.endsWith(' compose port ha 7380'), calls.join('\n'));
    assert.match((await musterWith(docker.env, 'scale', '8', '--api', '127.0.0.1:26')).stderr, /no local cluster/);
    docker.remove();
  });

  it('says so where there is no cluster in containers either', async () => {
    const docker = fakeDocker({});
    const { stderr } = await musterWith({ ...docker.env, MUSTER_API: '127.0.0.1:26' }, 'scale', '8');
    assert.match(stderr, /no local cluster with its API on port 26/);
    docker.remove();
  });
});

describe('muster agent', () => {
  it('turns its options into settings and leaves the others to the environment', () => {
    assert.deepEqual(settingsFrom({ probePath: '', port: '3001', id: 'web-1' }), {
      HEALTH_PATH: '',
      PORT: '3001',
      MEMBER_ID: 'web-1',
    });
  });
});
