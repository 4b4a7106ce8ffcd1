import { strict as assert } from 'node:assert';
import { hostileMembers, insertHostile } from '../support/cluster-hostile.js';
import { logSize } from '../support/cluster-log.js';
import { assertLossless, describeClusters, printFigures } from '../support/cluster-matrix.js';
import { eventually } from '../support/eventually.js';
import { startLoad } from '../support/load.js';

/** Every runtime command that may ever be sent, with the names that are in the cluster; nothing may stand beside it. */
const NAME = 'webapp/w[123]';
const LISTED = new RegExp(
  `^(@@?1 )?(${[
    '(show|get) [a-z0-9 _./#:-]+',
    `(add|del|set|enable|disable) server ${NAME}( [a-z0-9 ._:%-]+)?`,
    `(enable|disable|set) health ${NAME}( up| down)?`,
    `set weight ${NAME} \\d+%?`,
    `shutdown sessions server ${NAME}`,
    `wait [0-9a-z]+ srv-removable ${NAME}`,
    'enable dynamic-cookie backend [a-z0-9-]+',
    'reload',
    'expert-mode on',
  ].join('|')})$`,
  'i',
);

describeClusters(
  'hostile members in the registry',
  { members: 2, app: 'echo', on: 'registries' },
  (cluster, combination) => {
    it('are each skipped with one log line and reach neither the file nor the socket', async () => {
      const load = await startLoad({ url: cluster().url });
      const config = cluster().config();
      const mark = logSize(cluster().logFile('watcher'));
      const all = hostileMembers(cluster().member('w1').port);
      const taken = await insertHostile(cluster(), all);
      const refused = all.filter((one) => !taken.includes(one)).map((one) => one.what);
      printFigures({ inserted: taken.length, 'refused by the registry itself': refused.join(', ') || 'none' });
      assert.ok(taken.length >= 12, `the registry took only ${taken.map((one) => one.what).join(', ')}`);

      const rejections = () =>
        cluster()
          .watcherLog(mark)
          .filter((line) => line.msg === 'member-rejected');
      const told = () =>
        rejections()
          .map((line) => `${line.member}: ${line.message}`)
          .join('\n');
      await eventually(() =>
        assert.ok(rejections().length >= taken.length, `${rejections().length} of ${taken.length}:\n${told()}`),
      );
      assert.equal(cluster().config(), config, 'the file is byte-identical');

      // Another change of the set looks at all of them again; nobody is told twice, and the good one comes through.
      await cluster().startMember('w3');
      await cluster().expectConverged(['w1', 'w2', 'w3']);
      assert.equal(rejections().length, taken.length, `one line for each:\n${told()}`);
      for (const line of rejections())
        assert.ok(JSON.stringify(line).length < 2_000, 'a log line as long as the attack');
      await cluster().stopGracefully('w3');
      await cluster().expectConverged(['w1', 'w2']);
      assert.equal(cluster().config(), config, 'the file is byte-identical again');

      const commands = cluster()
        .transcript()
        .flatMap((command) => command.split(';'))
        .map((command) => command.trim());
      // NGINX has no runtime commands: there it is the file alone.
      const speaks = combination.balancer === 'haproxy';
      assert.equal(commands.length > 0, speaks, 'commands that the watcher logged');
      assert.deepEqual(
        commands.filter((command) => !LISTED.test(command)),
        [],
        'commands that are not listed',
      );
      assert.deepEqual(
        (await cluster().runningServers()).map((one) => one.name),
        ['w1', 'w2'],
      );
      assertLossless(await load.stop(), combination);
    });

    it('are counted', async () => {
      const metrics = await (await fetch(`${cluster().api.base}/metrics`)).text();
      const counters = metrics.split('\n').filter((line) => /^[a-z_]+.*reject/.test(line));
      assert.ok(
        counters.some((line) => Number(line.split(' ').at(-1)) > 0),
        `no counter of rejected members: ${counters.join('; ')}`,
      );
    });
  },
);
