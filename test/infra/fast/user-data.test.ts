import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runTool } from '../../support/docker/docker.js';
import { ROOT } from '../../support/terraform/copy.js';
import { requireTerraform } from '../../support/terraform/require-terraform.js';
import { Renderer, type UserData } from './rendered.js';
import { APP, CONSUL, GOSSIP_KEY, PARAMETERS, SECRET } from './sample-instances.js';
import { StubCloud } from './stub-cloud.js';
import { StubInstance } from './stub-instance.js';

const PLUGIN = 'usr/local/lib/docker/cli-plugins/docker-compose';

describe('the user data of instances', () => {
  const cloud = new StubCloud();
  let renderer: Renderer;
  let app: UserData;
  let consul: UserData;
  let instance: StubInstance;

  before(async function () {
    const { terraform } = await requireTerraform(this);
    await cloud.start();
    renderer = new Renderer(terraform);
    app = await renderer.render('app', { ...APP, compose_plugin: cloud.release() });
    consul = await renderer.render('consul', { ...CONSUL, compose_plugin: cloud.release() });
  });

  beforeEach(() => {
    cloud.asked.length = 0;
    cloud.metadata.set('autoscaling/target-lifecycle-state', 'InService');
    instance = new StubInstance(cloud.url);
    instance.parameters(PARAMETERS);
  });

  afterEach(() => instance?.remove());

  after(async () => {
    await cloud.stop();
    renderer?.close();
  });

  /** Boots and makes ready to start, as systemd does. */
  async function prepared(script = app.script): Promise<void> {
    const booted = await instance.boot(script);
    assert.equal(booted.code, 0, booted.output);
    const ready = await instance.call('prepare');
    assert.equal(ready.code, 0, ready.output);
  }

  it('is what EC2 takes: gzip, and less than 16 KiB even with 16 members', async () => {
    const largest = await renderer.render('app', { ...APP, members: 16 });
    for (const { script, user_data, bytes } of [app, consul, largest]) {
      const gzip = Buffer.from(user_data, 'base64');
      assert.equal(gunzipSync(gzip).toString(), script);
      assert.equal(gzip.length, bytes);
      assert.ok(bytes < 16_384, `${bytes} bytes`);
    }
  });

  it('is bash, and so are its programs', async () => {
    for (const { script } of [app, consul]) {
      await instance.boot(script);
      const bin = join(instance.root, 'opt/muster/bin');
      const programs = readdirSync(bin).map((name) => join(bin, name));
      assert.ok(programs.length >= 3);
      for (const file of [join(instance.folder, 'user-data'), ...programs]) await runTool('bash', ['-n', file]);
    }
  });

  it('installs Docker and the Compose plugin, then starts Muster', async () => {
    const { code, output } = await instance.boot(app.script);
    assert.equal(code, 0, output);
    assert.deepEqual(
      instance.calls().filter((call) => !/^(uname|systemd-cat)/.test(call)),
      [
        'dnf install --assumeyes --quiet docker amazon-ecr-credential-helper',
        'systemctl daemon-reload',
        'systemctl enable --now docker.service',
        'systemctl enable --now muster.service',
      ],
    );
    assert.equal(instance.file(PLUGIN).toString(), StubCloud.plugin('x86_64'));
    assert.equal(instance.mode(PLUGIN), '0755');
  });

  it('takes the plugin of the architecture', async () => {
    instance.answer('uname', 'echo aarch64');
    assert.equal((await instance.boot(app.script)).code, 0);
    assert.equal(instance.file(PLUGIN).toString(), StubCloud.plugin('aarch64'));
  });

  it('says which architectures there are on any other one, and starts nothing', async () => {
    instance.answer('uname', 'echo riscv64');
    const { code, output } = await instance.boot(app.script);
    assert.equal(code, 1);
    assert.match(output, /no checksum of Docker Compose is known for riscv64: use an instance type of x86_64 or arm64/);
    assert.doesNotMatch(instance.calls().join('\n'), /systemctl/);
  });

  it('installs and starts nothing where the plugin has another checksum', async () => {
    const sha256 = { x86_64: '0'.repeat(64), aarch64: '0'.repeat(64) };
    const { script } = await renderer.render('app', { ...APP, compose_plugin: { ...cloud.release(), sha256 } });
    const { code, output } = await instance.boot(script);
    assert.equal(code, 1);
    assert.match(output, /docker-compose-linux-x86_64 does not have the checksum 0{64}: nothing was started/);
    assert.ok(!instance.exists(PLUGIN) && !instance.exists(`${PLUGIN}.new`));
    assert.doesNotMatch(instance.calls().join('\n'), /systemctl/);
  });

  it('tries again where the packages cannot be had at once', async () => {
    instance.answer(
      'dnf',
      'read -r tried <"$STUBS/tried" || tried=; echo "$tried"x >"$STUBS/tried"; [ "$tried" = xx ]',
    );
    const { code, output } = await instance.boot(app.script);
    assert.equal(code, 0, output);
    assert.equal(instance.calls().filter((call) => call.startsWith('dnf')).length, 3);
  });

  it('starts nothing where the packages cannot be had at all', async () => {
    instance.answer('dnf', 'exit 1');
    assert.notEqual((await instance.boot(app.script)).code, 0);
    assert.doesNotMatch(instance.calls().join('\n'), /systemctl/);
  });

  it('can run twice, and downloads once', async () => {
    await instance.boot(app.script);
    const before = instance.disk();
    assert.equal((await instance.boot(app.script)).code, 0);
    assert.equal(instance.disk(), before);
    assert.equal(cloud.asked.filter((path) => path.includes('docker-compose')).length, 1);
  });

  it('gives Docker tokens of ECR, where an image lies there', async () => {
    await instance.boot(app.script);
    const config = { credHelpers: { '123456789012.dkr.ecr.eu-central-1.amazonaws.com': 'ecr-login' } };
    assert.deepEqual(JSON.parse(instance.file('opt/muster/.docker/config.json').toString()), config);
  });

  it('brings the compose files of this repository, byte for byte', async () => {
    await instance.boot(app.script);
    for (const [file, from] of [
      ['docker-compose.yml', 'docker-compose.yml'],
      ['compose.instance.yml', 'infra/instance/compose.instance.yml'],
    ] as const)
      assert.ok(instance.file(`opt/muster/${file}`).equals(readFileSync(join(renderer.copy.root, from))), file);
    await instance.boot(consul.script);
    const server = readFileSync(join(ROOT, 'infra/instance/compose.consul.yml'));
    assert.ok(instance.file('opt/muster/compose.consul.yml').equals(server));
  });

  it('runs no part of a value', async () => {
    await instance.boot(app.script);
    const { code, output } = await instance.start();
    assert.equal(code, 0, output);
    assert.deepEqual(instance.leftovers(), []);
  });

  it('holds no secret, and puts none on the disk itself', async () => {
    await prepared();
    for (const text of [app.script, instance.disk()])
      for (const secret of [SECRET, GOSSIP_KEY]) assert.ok(!text.includes(secret));
  });

  it('reads secrets at each start, to where only root and Consul can read them', async () => {
    await prepared();
    assert.equal(readFileSync(join(instance.run, 'secrets/SESSION_SECRET'), 'utf8'), `${SECRET}\n`);
    assert.equal(instance.mode('run:secrets/SESSION_SECRET'), '0600');
    const gossip = join(instance.run, 'consul/gossip.json');
    assert.deepEqual(JSON.parse(readFileSync(gossip, 'utf8')), { encrypt: GOSSIP_KEY });
    assert.equal(instance.mode('run:consul/gossip.json'), '0600');
    assert.equal(instance.mode('run:consul'), '0700');
    assert.ok(instance.calls().includes(`chown -R 100:1000 ${instance.run}/consul`));
    assert.match(
      instance.calls().find((call) => call.startsWith('aws')) ?? '',
      /--region eu-central-1 .*--with-decryption/,
    );
  });

  it('learns who it is by IMDSv2', async () => {
    await prepared();
    const text = readFileSync(join(instance.run, 'instance.env'), 'utf8');
    assert.equal(text, 'INSTANCE_ID=i-0123456789abcdef0\nLOCAL_ADDRESS=10.20.128.7\n');
    assert.ok(cloud.asked.includes('/latest/api/token'));
  });

  it('names the parameter that it cannot read', async () => {
    await instance.boot(app.script);
    instance.parameters({ '/muster/test/gossip-key': GOSSIP_KEY });
    const { code, output } = await instance.call('prepare');
    assert.notEqual(code, 0);
    assert.match(output, /could not read the SSM parameter \/muster\/test\/session-secret: it must exist/);
  });

  it('refuses a gossip key that is none', async () => {
    await instance.boot(app.script);
    instance.parameters({ ...PARAMETERS, '/muster/test/gossip-key': '", "ui": "' });
    const { code, output } = await instance.call('prepare');
    assert.notEqual(code, 0);
    assert.match(
      output,
      /the SSM parameter \/muster\/test\/gossip-key is no gossip key: make one with `consul keygen`/,
    );
    assert.ok(!existsSync(join(instance.run, 'consul/gossip.json')));
  });

  it('starts containers without building images, with secrets as variables', async () => {
    await instance.boot(app.script);
    instance.answer('docker', 'printf %s "$SESSION_SECRET" >"$STUBS/seen"');
    const { code, output } = await instance.start();
    assert.equal(code, 0, output);
    assert.match(instance.calls().at(-1) ?? '', /^docker compose .* up --detach --no-build --remove-orphans$/);
    assert.equal(readFileSync(join(instance.folder, 'seen'), 'utf8'), SECRET);
  });
});
