import { strict as assert } from 'node:assert';
import { load } from 'js-yaml';
import { docker } from '../../support/docker/docker.js';
import { requireTerraform } from '../../support/terraform/require-terraform.js';
import { Renderer } from './rendered.js';
import { APP, CONSUL, HOSTILE, PARAMETERS, RETRY_JOIN, SECRET } from './sample-instances.js';
import { StubCloud } from './stub-cloud.js';
import { StubInstance } from './stub-instance.js';

interface Service {
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly { readonly target: number; readonly published: string; readonly host_ip?: string }[];
  readonly network_mode?: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly { readonly target: string }[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
}
type Services = Readonly<Record<string, Service>>;

/** The real Compose, without an engine, reads what user data has laid down. */
describe('the containers of an instance', () => {
  let services: Services;
  let server: Service | undefined;

  before(async function () {
    const { terraform } = await requireTerraform(this);
    await requireCompose(this);
    const cloud = new StubCloud();
    const renderer = new Renderer(terraform);
    try {
      await cloud.start();
      const compose_plugin = cloud.release();
      const app = await renderer.render('app', { ...APP, compose_plugin });
      const consul = await renderer.render('consul', { ...CONSUL, compose_plugin });
      services = await read(app.script, cloud.url);
      ({ consul: server } = await read(consul.script, cloud.url));
    } finally {
      await cloud.stop();
      renderer.close();
    }
  });

  it('is one balancer, N members, Consul and the instance agent', () => {
    assert.deepEqual(Object.keys(services).sort(), ['consul-agent', 'ha', 'instance-agent', 'webapp-1', 'webapp-2']);
  });

  it('takes any value literally', () => {
    const { 'webapp-1': member } = services;
    for (const [name, value] of Object.entries({ ...HOSTILE, SESSION_SECRET: SECRET }))
      assert.equal(member?.environment?.[name], value, name);
  });

  it('gives each member an address and a port that other instances reach', () => {
    for (const number of [1, 2]) {
      const { environment, ports } = services[`webapp-${number}`] ?? {};
      assert.equal(environment?.MEMBER_ADDRESS, '10.20.128.7');
      assert.equal(environment?.MEMBER_ID, `i-0123456789abcdef0-${number}`);
      assert.equal(environment?.PORT, String(18_080 + number));
      assert.equal(environment?.MEMBER_CIDRS, '10.20.0.0/16');
      assert.equal(environment?.CONSUL_HTTP_ADDR, '192.168.240.1:8500');
      const [port, ...others] = ports ?? [];
      assert.deepEqual([port?.published, port?.target, others], [String(18_080 + number), 18_080 + number, []]);
    }
  });

  it('gives all members the secret of the sessions, and no file beside it', () => {
    const { SESSION_SECRET, SESSION_SECRET_FILE } = services['webapp-2']?.environment ?? {};
    // The app refuses to start when the file that it is told of is not there.
    assert.deepEqual({ SESSION_SECRET, SESSION_SECRET_FILE }, { SESSION_SECRET: SECRET, SESSION_SECRET_FILE: '' });
  });

  it('opens no port to others but the balancer and the members', () => {
    const open = Object.values(services).flatMap(({ ports = [] }) =>
      ports.filter(({ host_ip }) => host_ip === undefined),
    );
    assert.deepEqual(open.map(({ published }) => published).sort(), ['18081', '18082', '80']);
  });

  it('lets the balancer trust the load balancer and answer its checks, with the templates of its image', () => {
    const { ha } = services;
    const { TRUSTED_PROXIES, MONITOR_PATH, LOCAL_ADDRESS, BALANCER_ID } = ha?.environment ?? {};
    assert.deepEqual(
      { TRUSTED_PROXIES, MONITOR_PATH, LOCAL_ADDRESS, BALANCER_ID },
      {
        TRUSTED_PROXIES: '10.20.0.0/20,10.20.16.0/20',
        MONITOR_PATH: '/healthz',
        LOCAL_ADDRESS: '10.20.128.7',
        BALANCER_ID: 'i-0123456789abcdef0',
      },
    );
    assert.equal(ha?.environment?.TEMPLATE_DIR, '/opt/muster/ha/templates');
    assert.deepEqual(
      ha?.volumes?.map(({ target }) => target),
      ['/var/lib/muster', '/etc/muster/settings'],
    );
  });

  it('keeps the credentials of the instance from applications: only Consul and the instance agent share its network', () => {
    const onHost = Object.entries(services).filter(([, { network_mode }]) => network_mode === 'host');
    assert.deepEqual(onHost.map(([name]) => name).sort(), ['consul-agent', 'instance-agent']);
  });

  it('tells the instance agent which hook it completes', () => {
    const { 'instance-agent': agent } = services;
    assert.equal(agent?.environment?.LIFECYCLE_HOOK, 'muster-test-drain');
  });

  it('joins Consul by tag, under the private address, with a name of its own', () => {
    const { 'consul-agent': agent } = services;
    for (const { command = [] } of [agent, server].flatMap((one) => one ?? [])) {
      assert.ok(command.includes(`-retry-join=${RETRY_JOIN}`));
      assert.ok(command.includes('-bind=10.20.128.7') && command.includes('-node=i-0123456789abcdef0'));
      assert.ok(command.includes('-hcl=disable_keyring_file = true'), 'the gossip key would be written to the disk');
    }
    assert.ok(agent?.command?.includes('-client=127.0.0.1 192.168.240.1'));
    assert.ok(server?.command?.includes('-bootstrap-expect=3') && server.command.includes('-client=127.0.0.1'));
    assert.ok(server?.command?.includes('-hcl=leave_on_terminate = true'));
    assert.match(server?.healthcheck?.test?.at(-1) ?? '', / -gt \$\(\(3 > 1\)\)$/);
  });

  it('stops members before the balancer, and the balancer before Consul', () => {
    assert.ok('ha' in (services['webapp-1']?.depends_on ?? {}));
    assert.ok('consul-agent' in (services.ha?.depends_on ?? {}));
  });
});

async function requireCompose(context: { skip(): void }): Promise<void> {
  const isThere = await docker(['compose', 'version']).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const reason = 'docker compose is not there: the compose files of instances cannot be read';
  if (process.env.CI === 'true') throw new Error(reason);
  console.error(`\n  !!! SKIPPED: ${reason}\n`);
  context.skip();
}

async function read(script: string, endpoint: string): Promise<Services> {
  const instance = new StubInstance(endpoint);
  try {
    instance.parameters(PARAMETERS);
    const ended = [await instance.boot(script), await instance.call('prepare')];
    const config = await instance.callReal('compose', ['config']);
    for (const { code, output } of [...ended, config]) assert.equal(code, 0, output);
    // `$` comes doubled, as in a compose file.
    return (load(config.output.replaceAll('$$', () => '$')) as { readonly services: Services }).services;
  } finally {
    instance.remove();
  }
}
