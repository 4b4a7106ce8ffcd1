import { strict as assert } from 'node:assert';
import { InitContainer, tmpfs, UNPRIVILEGED } from '../support/docker/init-container.js';
import { type Definition, longrun, STARTED, STOPPED, type Tree, webapp } from '../support/docker/init-tree.js';
import { describePlays } from '../support/docker/plays.js';

// What the product's images expect of their init, on the stand-in; STANDIN=image asks the same of the real s6-overlay.

describePlays('the init', (play) => {
  play('starts in order, lets the agent drain before the app is told to stop, and can be started again', async () => {
    const container = await InitContainer.boot(webapp());
    assert.equal((await container.stop()).code, 0);
    assert.deepEqual(await container.said(), [...STARTED, ...STOPPED]);
    await container.startAgain();
    await container.hears('agent ready', 2);
    assert.equal((await container.stop()).code, 0);
    assert.deepEqual(await container.said(), [...STARTED, ...STOPPED, ...STARTED, ...STOPPED]);
  });

  play('starts a service that was killed again, and only that', async () => {
    const container = await InitContainer.boot(webapp());
    const agent = await container.pidOf('agent');
    const app = await container.pidOf('app');
    await container.svc('-k', 'app');
    await container.hears('app ready', 2);
    await container.exec('/command/s6-svwait', '-U', '-t', '10000', '/run/service/app');
    assert.notEqual(await container.pidOf('app'), app);
    assert.equal(await container.pidOf('agent'), agent);
    assert.deepEqual(await container.said(), [...STARTED, 'app ready']);
  });

  play('hands on the signals that ask for a reload', async () => {
    const container = await InitContainer.boot(webapp());
    const app = await container.pidOf('app');
    await container.svc('-h', 'app');
    await container.hears('app HUP');
    await container.svc('-2', 'app');
    await container.hears('app USR2');
    assert.equal(await container.pidOf('app'), app);
  });

  play('runs hardened: not root, no privileges, nothing writable but /run', async () => {
    const args = [...UNPRIVILEGED, '--cap-drop', 'ALL', '--read-only', ...tmpfs('exec')];
    const container = await InitContainer.boot(webapp(), { args });
    assert.equal((await container.stop()).code, 0);
    assert.deepEqual(await container.said(), [...STARTED, ...STOPPED]);
  });

  play('gives the environment of the container to those who ask for it, exactly', async () => {
    const container = await InitContainer.start(ENVIRONMENTS, { env: VALUES });
    await Promise.all([container.hears('asks ready'), container.hears('bare ready')]);
    const seen = await environment(container, 'asks');
    for (const [name, value] of Object.entries(VALUES)) assert.equal(seen.get(name), value, name);
    const bare = await environment(container, 'bare');
    // The shell of the service adds PWD.
    assert.deepEqual([...bare.keys()].filter((name) => name !== 'PWD').sort(), ['PATH']);
  });

  play('gives it to everybody if told to', async () => {
    const container = await InitContainer.start(ENVIRONMENTS, { env: { ...VALUES, S6_KEEP_ENV: '1' } });
    await Promise.all([container.hears('asks ready'), container.hears('bare ready')]);
    assert.equal((await environment(container, 'asks')).get('LINES'), VALUES.LINES);
    assert.equal((await environment(container, 'bare')).get('LINES'), VALUES.LINES);
  });

  play('runs the command of the container on top, and ends with it and its exit code', async () => {
    const container = await InitContainer.start(webapp(), { command: ['sh', '-c', 'echo command; exit 7'] });
    assert.equal(await container.end(), 7);
    assert.deepEqual(await container.said(), [...STARTED, 'command', ...STOPPED]);
  });

  play('pipes what one service says into another, over the death of the other', async () => {
    const container = await InitContainer.start(LOGGED);
    await container.hears('[log] app ready');
    await container.hears('agent ready');
    await container.svc('-k', 'log');
    await container.svc('-2', 'app');
    await container.hears('[log] app USR2');
    assert.equal((await container.stop()).code, 0);
  });
});

const VALUES = { SPACES: '  a  b ', LINES: 'a\n\nb\n', EMPTY: '', EQUALS: 'a=b' };

const ENVIRONMENTS: Tree = {
  services: {
    asks: longrun('asks', { shebang: '/command/with-contenv sh', start: 'env -0 >/run/asks; ready' }),
    bare: longrun('bare', { start: 'env -0 >/run/bare; ready' }),
  },
  user: ['asks', 'bare'],
};

async function environment(container: InitContainer, service: string): Promise<Map<string, string>> {
  const pairs = (await container.exec('cat', `/run/${service}`)).split('\0').filter(Boolean);
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

const LOG: Definition = {
  type: 'longrun',
  files: { run: '#!/bin/sh\nexec s6-log -b "p[log]" 1\n', 'consumer-for': 'app\n', 'pipeline-name': 'app-log\n' },
};

/** The app's output runs through a service of its own; what starts is named by a bundle and by the pipeline's name. */
const LOGGED: Tree = {
  services: {
    ...webapp({ app: { files: { 'producer-for': 'log\n' } } }).services,
    log: LOG,
    all: { type: 'bundle', contents: ['app-log', 'agent'] },
  },
  user: ['all'],
};
