import { strict as assert } from 'node:assert';
import { requireTerraform } from '../../support/terraform/require-terraform.js';
import { Renderer, type UserData } from './rendered.js';
import { APP, CONSUL, GOSSIP_KEY, PARAMETERS } from './sample-instances.js';
import { StubCloud } from './stub-cloud.js';
import { StubInstance } from './stub-instance.js';

/** Lists a healthy container once one was started. */
const DOCKER =
  'case "$*" in *" up "*) touch "$STUBS/up" ;; ps*health=healthy*) [ ! -e "$STUBS/up" ] || echo 0123 ;; esac';

/** A timer of systemd begins with the user data; the tests let its time pass. */
describe('the first boot of a Consul server', () => {
  const cloud = new StubCloud();
  let renderer: Renderer;
  let consul: UserData;
  let app: UserData;
  let instance: StubInstance;

  before(async function () {
    const { terraform } = await requireTerraform(this);
    await cloud.start();
    renderer = new Renderer(terraform);
    const values = { compose_plugin: cloud.release() };
    consul = await renderer.render('consul', { ...CONSUL, ...values });
    app = await renderer.render('app', { ...APP, ...values });
  });

  beforeEach(() => {
    instance = new StubInstance(cloud.url);
    instance.parameters(PARAMETERS);
    instance.answer('docker', DOCKER);
    instance.answer('journalctl', 'echo the last lines of the journal');
  });

  afterEach(() => instance?.remove());

  after(async () => {
    await cloud.stop();
    renderer?.close();
  });

  /** Boots, starts what was enabled, and lets the timer's time pass; gives what was said then. */
  async function boot({ script } = consul): Promise<string> {
    await instance.boot(script);
    if (instance.calls().includes('systemctl enable --now muster.service')) await instance.start();
    return (await instance.expire())?.output ?? '';
  }

  const isOff = () => instance.calls().includes('systemctl poweroff');

  it('leaves a server alone that is healthy', async () => {
    await boot();
    assert.ok(instance.calls().some((call) => call.startsWith('docker ps')));
    assert.ok(!isOff());
  });

  const FAULTS: Readonly<Record<string, () => void>> = {
    'its own files cannot be written': () => instance.block('opt'),
    'the packages cannot be had': () => instance.answer('dnf', 'exit 1'),
    'the Compose plugin cannot be had': () => instance.answer('uname', 'echo riscv64'),
    'Docker does not start': () => instance.answer('systemctl', 'case "$*" in *docker*) exit 1 ;; esac'),
    'the key of the gossip cannot be read': () => instance.parameters({}),
    'the key of the gossip is none': () => instance.parameters({ ...PARAMETERS, '/muster/test/gossip-key': 'no key' }),
    'the image cannot be pulled': () => instance.answer('docker', 'exit 1'),
    'its container is not healthy': () => instance.answer('docker', 'exit 0'),
  };
  for (const [what, fault] of Object.entries(FAULTS)) {
    it(`powers the server off where ${what}`, async () => {
      fault();
      await boot();
      assert.ok(isOff(), instance.calls().join('\n'));
    });
  }

  it('counts from before anything that can fail or hang', async () => {
    await boot();
    const [first] = instance.calls().filter((call) => !call.startsWith('systemd-cat'));
    assert.match(first ?? '', new RegExp(`^systemd-run .*--on-active=${CONSUL.first_boot_seconds} `));
  });

  it('says on the console why the server is gone, without a secret', async () => {
    instance.answer('docker', 'case "$*" in *" logs "*) echo "the last lines of Consul" ;; esac');
    const output = await boot();
    assert.match(output, /muster: no container got healthy, so this instance powers itself off/);
    assert.match(output, /the last lines of Consul\nthe last lines of the journal/);
    assert.ok(!output.includes(GOSSIP_KEY));
    assert.match(instance.calls().find((call) => call.startsWith('systemd-run')) ?? '', /=journal\+console /);
  });

  it('is the only one that is judged', async () => {
    await boot();
    await instance.boot(consul.script);
    assert.equal(instance.calls().filter((call) => call.startsWith('systemd-run')).length, 1);
  });

  it('is no matter of instances with members: their health is what the load balancer says', async () => {
    instance.answer('dnf', 'exit 1');
    await boot(app);
    assert.ok(!instance.calls().some((call) => call.startsWith('systemd-run')));
    assert.ok(!isOff() && !instance.exists('opt/muster/bin/end-unless-healthy'));
  });
});
