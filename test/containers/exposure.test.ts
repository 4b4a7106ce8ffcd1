import { strict as assert } from 'node:assert';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { describeCompose } from '../support/docker/compose-suite.js';
import {
  addressesOf,
  addressOn,
  execIn,
  folderOf,
  hostPid,
  inspect,
  processesIn,
  processStatus,
} from '../support/docker/container.js';
import { docker } from '../support/docker/docker.js';
import { PATIENCE_MS } from '../support/eventually.js';

const SERVICES = ['webapp', 'ha', 'consul'] as const;
const LOOPBACK_ONLY = ['1936/tcp', '7380/tcp', '8500/tcp'];
const KNOCK_TIMEOUT_MS = 1_500;

/** Runs in a container: tries each `address:port` and prints what came of it. */
const KNOCK = `
  const { connect } = require('node:net');
  const knock = (target) => new Promise((resolve) => {
    const [host, port] = target.split(':');
    const socket = connect({ host, port: Number(port), timeout: ${KNOCK_TIMEOUT_MS} });
    const end = (result) => { socket.destroy(); resolve([target, result]); };
    socket.once('connect', () => end('open')).once('timeout', () => end('timeout'));
    socket.once('error', ({ code }) => end(code));
  });
  Promise.all(process.argv.slice(1).map(knock)).then((all) => console.log(JSON.stringify(all)));`;

describeCompose('what is reachable, and what may be done', { webapps: 2 }, (cluster) => {
  it('from a webapp: the public port of the balancer, but neither its stats nor its API', async () => {
    const addresses = addressesOf(await inspect(await cluster().container('ha')));
    assert.ok(addresses.length >= 2, `addresses of ha: ${addresses.join(', ')}`);
    const results = await knock(cluster(), [1936, 7380, 80], addresses);
    const open = [...results].filter(([, result]) => result === 'open').map(([target]) => target);
    const publicOnes = addresses.map((address) => `${address}:80`);
    assert.deepEqual(
      open.filter((target) => !publicOnes.includes(target)),
      [],
      'open, although it is none of the applications',
    );
    const onApps = addressOn(await inspect(await cluster().container('ha')), 'apps');
    assert.ok(open.includes(`${onApps}:80`), `port 80 does not answer on ${onApps}: ${JSON.stringify([...results])}`);
  });

  it("nothing of the control plane is on the applications' network", async () => {
    assert.equal(addressOn(await inspect(await cluster().container('consul')), 'apps'), null);
    assert.equal(addressOn(await inspect(await first(cluster())), 'admin'), null);
  });

  it('from this host: stats, API and Consul on loopback only', async () => {
    for (const service of SERVICES) {
      for (const id of await cluster().containers(service)) {
        const { HostConfig } = await inspect(id);
        for (const [port, bindings] of Object.entries(HostConfig.PortBindings)) {
          const hosts = (bindings ?? []).map(({ HostIp }) => HostIp);
          if (LOOPBACK_ONLY.includes(port)) assert.deepEqual(hosts, ['127.0.0.1'], `${service} ${port}`);
          else assert.equal(`${service} ${port}`, 'ha 80/tcp', 'published');
        }
      }
    }
    const { stats, api, consul } = cluster().project.ports;
    for (const url of [`:${stats}/`, `:${api}/v1/status`, `:${consul}/v1/status/leader`]) {
      const answer = await fetch(`http://127.0.0.1${url}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
      assert.equal(answer.status, 200, url);
      await answer.text();
    }
  });

  it('each process: an ordinary user, no capability, no way to gain one, nothing to write to', async () => {
    for (const service of SERVICES) {
      const uid = service === 'consul' ? '100' : '10001';
      for (const id of await cluster().containers(service)) {
        const { HostConfig } = await inspect(id);
        assert.equal(HostConfig.ReadonlyRootfs, true, `root of ${service} is read-only`);
        assert.equal(HostConfig.Privileged, false, service);
        assert.deepEqual(HostConfig.CapAdd ?? [], [], service);
        for (const { pid, command } of await processesIn(id)) {
          const status = processStatus(pid);
          const label = `${service}: ${command}`;
          assert.deepEqual(new Set(status.get('Uid')?.split('\t')), new Set([uid]), label);
          for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
            assert.match(status.get(set) ?? '', /^0+$/, `${set} of ${label}`);
          assert.equal(status.get('NoNewPrivs'), '1', label);
        }
      }
    }
    for (const id of [await first(cluster()), await cluster().container('ha')]) {
      await assert.rejects(execIn(id, ['node', '-e', "require('node:fs').writeFileSync('/etc/x', '')"]), /EROFS/);
    }
  });

  it('sockets and token of the balancer are for its own user only', () => {
    for (const file of ['haproxy.sock', 'master.sock', 'token']) {
      const { mode, uid } = statSync(join(cluster().runDir, file));
      assert.deepEqual([(mode & 0o777).toString(8), uid], ['600', 10001], file);
    }
  });

  it('a session goes on at the other member: they share one secret', async () => {
    const first = await visit(cluster(), '');
    for (let i = 0; i < 4; i += 1) {
      const next = await visit(cluster(), first.cookie);
      assert.deepEqual([next.id, next.views], [first.id, 2], `at ${next.backend}, after ${first.backend}`);
      if (next.backend !== first.backend) return;
    }
    assert.fail('the same member answered each time');
  });

  it('secrets are neither in `docker inspect` nor in a log', async () => {
    const webapp = await first(cluster());
    const { Config } = await inspect(webapp);
    const [, file = ''] = Config.Env.map((line) => /^SESSION_SECRET_FILE=(.+)/.exec(line)).find(Boolean) ?? [];
    const files = [folderOf(await hostPid(webapp), file), join(cluster().runDir, 'token')];
    const secrets = files.map((one) => readFileSync(one, 'utf8').trim());
    for (const one of secrets) assert.ok(one.length >= 32, 'a secret that is long enough');
    for (const service of SERVICES) {
      for (const id of await cluster().containers(service)) {
        const told = (await docker(['inspect', id])) + (await docker(['logs', id]));
        for (const one of secrets) assert.ok(!told.includes(one), `a secret is told by ${service}`);
      }
    }
  });
});

/** Tries ports of addresses from inside a webapp. */
async function knock(
  cluster: ComposeCluster,
  ports: readonly number[],
  addresses: readonly string[],
): Promise<Map<string, string>> {
  const targets = addresses.flatMap((address) => ports.map((port) => `${address}:${port}`));
  return new Map(JSON.parse(await execIn(await first(cluster), ['node', '-e', KNOCK, ...targets])));
}

async function first(cluster: ComposeCluster): Promise<string> {
  const [id = ''] = await cluster.webapps();
  return id;
}

interface Visit {
  readonly backend: string | null;
  readonly id: string;
  readonly views: number;
  readonly cookie: string;
}

async function visit({ url }: ComposeCluster, cookie: string): Promise<Visit> {
  const answer = await fetch(url, { headers: { cookie }, signal: AbortSignal.timeout(PATIENCE_MS) });
  const { id, sessionViews } = (await answer.json()) as { id: string; sessionViews: number };
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  return { backend: answer.headers.get('x-backend'), id, views: sessionViews, cookie: cookies.join('; ') };
}
