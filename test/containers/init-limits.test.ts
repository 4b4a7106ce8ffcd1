import { strict as assert } from 'node:assert';
import { InitContainer, type InitOptions, tmpfs, UNPRIVILEGED } from '../support/docker/init-container.js';
import { longrun, STARTED, type Tree, webapp } from '../support/docker/init-tree.js';
import { describePlays } from '../support/docker/plays.js';
import { FULL } from '../support/full.js';

const FATAL = { S6_BEHAVIOUR_IF_STAGE2_FAILS: '2' };
/** An app that never gets ready, without and with a limit for that. */
const STUCK = { start: 'say stuck' };
const LATE = { ...STUCK, files: { 'timeout-up': '2000\n' } };

// In the long form only: the product needs these limits when something is wrong.
if (FULL)
  describePlays("the init's limits", (play) => {
    play('kill an agent that does not end in its time; the app is then stopped in order', async () => {
      const deaf = longrun('agent', { needs: ['app'], stop: 'say deaf', files: { 'timeout-kill': '700\n' } });
      const container = await InitContainer.boot(webapp({ agent: deaf }));
      assert.equal((await container.stop()).code, 0);
      assert.deepEqual(await container.said(), [...STARTED, 'agent deaf', 'app TERM', 'prep down']);
    });

    play('are of no use when the engine loses patience first', async () => {
      const slow = longrun('agent', { needs: ['app'], stop: 'say draining; sleep 60' });
      const container = await InitContainer.boot(webapp({ agent: slow }));
      assert.equal((await container.stop(2)).code, 137);
      const lines = await container.said();
      assert.ok(!lines.includes('app TERM') && !lines.includes('prep down'), lines.join('\n'));
    });

    play('make it sleep in full after the services have ended', async () => {
      const container = await InitContainer.boot(webapp(), { env: { S6_KILL_GRACETIME: '3000' } });
      const { code, tookMs } = await container.stop();
      assert.equal(code, 0);
      assert.ok(tookMs >= 3_000, `stopped after ${tookMs} ms`);
    });

    play('do not exist unless they are set: a stop waits for a boot that does not end', async () => {
      const container = await InitContainer.start(webapp({ app: STUCK }), { env: FATAL });
      await container.hears('app stuck');
      assert.equal((await container.stop(2)).code, 137);
      assert.deepEqual(await container.said(), ['prep up', 'app stuck']);
    });

    play('let it go on without a service that does not get ready', async () => {
      const container = await InitContainer.start(webapp({ app: LATE }), { command: ['echo', 'command'] });
      assert.equal(await container.end(), 0);
      // The app is told to stop, and not waited for.
      assert.deepEqual((await container.said()).sort(), ['app TERM', 'app stuck', 'command', 'prep down', 'prep up']);
    });

    play('end the container with 1 then, if that is fatal', async () => {
      const container = await InitContainer.start(webapp({ app: LATE }), { env: FATAL });
      assert.equal(await container.end(), 1);
      assert.deepEqual((await container.said()).sort(), ['app TERM', 'app stuck', 'prep down', 'prep up']);
    });

    play('end the container when not all is up in the time for all', async () => {
      const env = { ...FATAL, S6_CMD_WAIT_FOR_SERVICES_MAXTIME: '3000' };
      const container = await InitContainer.start(webapp({ app: STUCK }), { env });
      // The real one says either.
      assert.ok([1, 2].includes(await container.end()));
      assert.deepEqual((await container.said()).slice(0, 2), ['prep up', 'app stuck']);
    });

    play('end the container in order, with the code of a service that keeps failing, by its `finish`', async () => {
      const app = { start: 'ready; sleep 0.3; exit 7', files: { finish: GIVE_UP } };
      const agent = longrun('agent', { needs: ['app'], stop: 'say gone; exit 0' });
      const container = await InitContainer.start(webapp({ app, agent }));
      assert.equal(await container.end(), 7);
      const lines = await container.said();
      assert.equal(lines.filter((line) => line === 'app ready').length, 3, lines.join('\n'));
      assert.deepEqual(lines.slice(-2), ['agent gone', 'prep down']);
    });
  });

if (FULL)
  describePlays('the init does not start', (play) => {
    play('anything when a dependency does not exist', () =>
      assertIdle(webapp({ app: { needs: ['nobody'] } }), /nobody/),
    );

    play('anything when dependencies form a circle', () => assertIdle(webapp({ app: { needs: ['agent'] } }), /cyclic/));

    play('where nothing may be run from /run', async () => {
      assert.equal(await endOf({ args: [...UNPRIVILEGED, '--read-only', ...tmpfs('noexec')] }), 126);
    });

    play('where /run belongs to another user', async () => {
      assert.equal(await endOf({ args: UNPRIVILEGED }), 100);
    });

    play('where it is not process 1', async () => {
      assert.equal(await endOf({ args: ['--init'] }), 100);
    });
  });

/** `finish` of the product's services, with three deaths in place of five. */
const GIVE_UP = `#!/bin/sh
/command/s6-permafailon 60 3 1-255,SIGKILL,SIGSEGV,SIGABRT true && exit 0
echo "$1" >/run/s6-linux-init-container-results/exitcode
/run/s6/basedir/bin/halt
exit 125
`;

/** A tree that cannot be understood: the container stays up, with no service in it. */
async function assertIdle(tree: Tree, message: RegExp): Promise<void> {
  // A terminal puts stderr, where the message is, into the same log.
  const container = await InitContainer.start(tree, { args: ['--tty'], env: FATAL });
  await container.hears(message);
  const { code } = await container.stop();
  assert.equal(code, 0);
  assert.deepEqual(
    (await container.said()).filter((line) => /prep|app|agent/.test(line) && !message.test(line)),
    [],
  );
}

async function endOf(options: InitOptions): Promise<number> {
  const container = await InitContainer.start(webapp(), options);
  const code = await container.end();
  assert.deepEqual(await container.said(), []);
  return code;
}
