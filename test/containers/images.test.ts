import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImages } from '../support/docker/build.js';
import { docker } from '../support/docker/docker.js';
import { requireEngine } from '../support/docker/engine.js';
import { measureImage } from '../support/docker/image.js';
import { baseImages, imagesOf, Project, ROOT, RUN } from '../support/docker/project.js';

const MB = 1_000_000;
/** Init, code, production dependencies and service tree together; docs/images.md says what the bases weigh. */
const OURS_AT_MOST = 35 * MB;

const bases = baseImages();
const IMAGES = [
  { name: 'webapp', image: imagesOf(RUN).webapp, base: bases.BASE_IMAGE },
  { name: 'ha (haproxy)', image: imagesOf(RUN).ha, base: bases.HAPROXY_IMAGE },
  { name: 'ha (nginx)', image: imagesOf(RUN, 'nginx').ha, base: bases.NGINX_IMAGE },
] as const;

describe('the images [containers]', () => {
  before(async function () {
    this.timeout(900_000);
    await requireEngine(this);
    await buildImages(await Project.of());
    await buildImages(await Project.of({ BALANCER: 'nginx' }));
  });

  for (const { name, image, base } of IMAGES) {
    describe(`the ${name} image`, () => {
      it(`adds at most ${OURS_AT_MOST / MB} MB to its base and Node`, async () => {
        const { ours, node } = await measureImage(image, base);
        assert.ok(node > 50 * MB, `Node is not a layer of its own: ${node} bytes`);
        assert.ok(ours <= OURS_AT_MOST, `${Math.round(ours / MB)} MB`);
      });

      it('holds no program that only a build or an attacker needs', async () => {
        assert.equal(
          await shell(image, 'for p in npm npx corepack curl wget gcc make git; do command -v $p; done; :'),
          '',
        );
      });

      it('holds no file that gives its runner the rights of another user', async () => {
        assert.equal(await shell(image, 'find / -xdev -type f -perm /6000 2>&1 || :', '0'), '');
      });

      it('holds production dependencies only, and no tests', async () => {
        const installed = (await shell(image, 'ls /opt/muster/node_modules /app/node_modules 2>/dev/null || :')).split(
          '\n',
        );
        const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
          devDependencies: Record<string, string>;
        };
        assert.ok(installed.includes('pino'), `the dependencies are elsewhere: ${installed.join(' ')}`);
        const dev = Object.keys(devDependencies).map((one) => one.split('/')[0] ?? '');
        assert.deepEqual(
          installed.filter((one) => dev.includes(one)),
          [],
        );
        assert.notEqual(await shell(image, "find /opt/muster -path '*/dist/index.js'"), '');
        assert.equal(await shell(image, "find /opt/muster /app -path '*/dist/*.test.js' 2>/dev/null || :"), '');
      });

      it('has code that its own user cannot change', async () => {
        assert.equal(await shell(image, 'find /opt/muster /app /etc/s6-overlay -writable 2>/dev/null | head -3'), '');
      });

      it('says who it is, runs as nobody, stops by SIGTERM, and knows whether it is healthy', async () => {
        const [{ Config: config }] = JSON.parse(await docker(['image', 'inspect', image]));
        assert.equal(config.User, '10001:10001');
        assert.equal(config.StopSignal, 'SIGTERM');
        assert.deepEqual(config.Entrypoint, ['/init']);
        assert.equal(config.Cmd, null);
        assert.equal(config.Healthcheck.Test[0], 'CMD');
        for (const label of ['title', 'description', 'licenses', 'version', 'revision'])
          assert.ok(config.Labels[`org.opencontainers.image.${label}`], label);
      });
    });
  }
});

/** What a line of shell prints in a container of the image. */
function shell(image: string, line: string, user = '10001'): Promise<string> {
  return docker(['run', '--rm', '--network', 'none', '--user', user, '--entrypoint', 'sh', image, '-c', line]);
}
