import { strict as assert } from 'node:assert';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHaConfig } from '../../ha/src/config.js';
import { parseSettings } from '../../ha/src/settings.js';
import { readAgentConfig } from '../../membership/src/agent/config.js';
import { dependenciesOf, readServiceTree, type Service, type ServiceTree } from '../support/service-tree.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const rootfs = (room: string, variant = '') => join(ROOT, room, `rootfs${variant}`);

/** The layers of each image, as the Dockerfile copies them. */
const IMAGES = {
  agent: readServiceTree([rootfs('membership')]),
  webapp: readServiceTree([rootfs('membership'), rootfs('webapp')]),
  'ha (haproxy)': readServiceTree([rootfs('ha'), rootfs('ha', '-haproxy')]),
  'ha (nginx)': readServiceTree([rootfs('ha'), rootfs('ha', '-nginx')]),
};
const BALANCERS = ['haproxy', 'nginx'] as const;

// s6-rc compiles the tree when a container boots. A fault in it leaves a container that is up and runs nothing.
for (const [image, tree] of Object.entries(IMAGES)) {
  const services = [...tree.services.values()];
  const longruns = services.filter(({ files }) => files.get('type') === 'longrun');
  const oneshots = services.filter(({ files }) => files.get('type') === 'oneshot');

  describe(`the service tree of the ${image} image`, () => {
    it('has only services of a known type, and every one is started', () => {
      assert.deepEqual([...longruns, ...oneshots].map(nameOf).sort(), services.map(nameOf).sort());
      const started = tree.started.flatMap((name) => [name, ...dependenciesOf(tree, name)]);
      assert.deepEqual([...new Set(started)].sort(), services.map(nameOf).sort());
    });

    it('depends only on what exists, without cycles, and on the base', () => {
      for (const { name, dependencies } of services) {
        assert.doesNotThrow(() => dependenciesOf(tree, name));
        assert.ok(dependencies.includes('base'), `${name} may start before the container is set up`);
      }
    });

    it('bounds each start, and leaves no stop without a limit', () => {
      for (const { name, files } of services) assert.ok(milliseconds(files, 'timeout-up') > 0, `${name}: timeout-up`);
      for (const { name, files } of longruns)
        assert.ok(milliseconds(files, 'timeout-kill') > 0, `${name}: timeout-kill`);
    });

    it('never abandons the order of a stop', () => {
      const hasty = services.filter(({ files }) => files.has('timeout-down')).map(nameOf);
      assert.deepEqual(hasty, []);
    });

    it('runs scripts that name their interpreter and become the program', () => {
      for (const { name, files } of longruns) {
        const run = files.get('run') ?? '';
        assert.match(run, /^#!\/command\/with-contenv sh\n/, `${name} would not see the settings`);
        assert.match(run.split('\n').findLast((line) => /^\S/.test(line)) ?? '', /^(\w+=\S+ )?exec /, name);
      }
    });

    it('says readiness on the descriptor that s6 listens to', () => {
      for (const { name, files } of longruns) {
        const fd = files.get('notification-fd');
        const told = /NOTIFY_FD=(\d+)|s6-notifyoncheck .*-3 (\d+)/.exec(files.get('run') ?? '');
        assert.equal(told?.[1] ?? told?.[2], fd, name);
      }
    });

    it('names in each oneshot one executable script', () => {
      for (const { name, files } of oneshots) {
        const commands = [files.get('up'), files.get('down')].filter((command) => command !== undefined);
        assert.ok(commands.length > 0, name);
        for (const command of commands) assertScript(tree.find(command), `${name}: ${command}`);
      }
    });

    it('has a health check', () => {
      assertScript(tree.find('/etc/s6-overlay/scripts/healthcheck'), image);
    });

    it('does not create the folder that makes s6-overlay ignore the user bundle', () => {
      assert.equal(tree.services.has('user'), false);
    });
  });
}

describe('the service trees of the two balancers', () => {
  it('differ only in how the balancer runs and ends', () => {
    const [haproxy, nginx] = BALANCERS.map((name) => shapeOf(IMAGES[`ha (${name})`]));
    assert.deepEqual(nginx, haproxy);
  });

  it('forget what a balancer that crashed has left behind, before it starts again', () => {
    for (const name of BALANCERS) {
      const run = balancerOf(name)?.files.get('run') ?? '';
      const ready = /"test -\w (\$RUN_DIR\/\S+)"/.exec(run)?.[1] ?? '';
      assert.match(run, new RegExp(`^rm -f .*"${ready.replace('$', '\\$')}"`, 'm'), `${name} is ready by ${ready}`);
    }
  });
});

describe('the stop of a container', () => {
  it('lets the agent drain before the app hears of it, and the watcher end before the balancer', () => {
    assert.deepEqual(dependenciesOf(IMAGES.webapp, 'agent'), ['app', 'claim', 'secret']);
    for (const name of BALANCERS)
      assert.deepEqual(dependenciesOf(IMAGES[`ha (${name})`], 'watcher'), ['balancer', 'prepare'], name);
  });

  it('asks each balancer with the signal on which it finishes its requests', () => {
    const signals = BALANCERS.map((name) => balancerOf(name)?.files.get('down-signal'));
    assert.deepEqual(signals, ['SIGUSR1', 'SIGQUIT']);
  });

  it('gives the agent more time than its drain, and the balancer more than its last requests', () => {
    const agent = readAgentConfig({ REGISTRY_DIR: '/run/registry', MEMBER_ADDRESS: '10.0.0.1' });
    assert.ok(limit(IMAGES.webapp.services.get('agent')) >= agent.drainTimeoutMs + 2_000);
    const { HARD_STOP_AFTER } = parseSettings({}, '', '');
    for (const name of BALANCERS)
      assert.ok(limit(balancerOf(name)) >= Number.parseInt(HARD_STOP_AFTER, 10) * 1_000 + 2_000, name);
    assert.equal(readHaConfig({ RUN_DIR: '/run/muster', REGISTRY_DIR: '/r' }).drainTimeoutMs, agent.drainTimeoutMs);
  });

  it('ends within the patience of Docker', () => {
    const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    for (const image of ['webapp', 'ha (haproxy)', 'ha (nginx)'] as const) {
      const limits = [...IMAGES[image].services.values()].map(limit);
      const total = limits.reduce((sum, ms) => sum + ms, 0);
      const [service] = image.split(' ');
      const [, seconds] =
        new RegExp(`\\n  ${service}:\\n(?:(?:    .*)?\\n)*?    stop_grace_period: (\\d+)s`).exec(compose) ?? [];
      assert.ok(
        Number(seconds) * 1_000 >= total + 1_000,
        `${image}: ${total} ms may be needed, ${seconds} s are given`,
      );
    }
  });
});

function assertScript(file: string | null, what: string): void {
  assert.ok(file, `${what} does not exist`);
  assert.ok((statSync(file).mode & 0o111) === 0o111, `${what} is not executable`);
  assert.match(readFileSync(file, 'utf8'), /^#!\//, what);
}

function balancerOf(name: (typeof BALANCERS)[number]): Service | undefined {
  return IMAGES[`ha (${name})`].services.get('balancer');
}

/** Everything of a tree but what each balancer has of its own. */
function shapeOf({ services, started }: ServiceTree): unknown {
  const own = ['run', 'finish', 'down-signal'];
  const shapes = [...services.values()].map(({ name, files, dependencies }) => {
    const shared = [...files].filter(([file]) => name !== 'balancer' || !own.includes(file));
    return { name, dependencies, shared };
  });
  return { started, shapes };
}

function nameOf({ name }: Service): string {
  return name;
}

function limit(service: Service | undefined): number {
  return service ? milliseconds(service.files, 'timeout-kill') : 0;
}

function milliseconds(files: ReadonlyMap<string, string>, name: string): number {
  return Number(files.get(name) ?? 0);
}
