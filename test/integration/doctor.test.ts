import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../cli/src/doctor/finding.js';
import { isLossless } from '../support/balancer-can.js';
import { findBalancers, requireBinary } from '../support/binaries.js';
import { TestConsul } from '../support/consul.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/ports.js';
import { versionOf } from '../support/program-version.js';

const MUSTER = fileURLToPath(new URL('../../cli/dist/main.js', import.meta.url));

interface Answer {
  readonly code: number;
  readonly stdout: string;
}

describe('muster doctor, as users run it', () => {
  let haproxy: string;
  let base: string;

  before(function () {
    haproxy = requireBinary(this, 'haproxy');
    base = mkdtempSync(join(tmpdir(), 'muster-doctor-'));
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  function run(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Answer> {
    // Only this folder on the PATH: nothing is found but what a test names.
    const settings = { PATH: base, XDG_RUNTIME_DIR: base, HAPROXY_BIN: haproxy, ...env };
    return new Promise((resolve) =>
      execFile(process.execPath, [MUSTER, 'doctor', ...args], { env: settings }, (error, stdout) =>
        resolve({ code: Number(error?.code ?? 0), stdout }),
      ),
    );
  }

  async function findings(env: Readonly<Record<string, string>>): Promise<(about: Finding['about']) => Finding> {
    const { stdout } = await run(env, '--json');
    const all = JSON.parse(stdout) as Finding[];
    return (about) => all.find((one) => one.about === about) ?? assert.fail(stdout);
  }

  it('says of each part what it is, and ends with 0 when a cluster can start', async () => {
    const { code, stdout } = await run({});
    assert.match(stdout, new RegExp(`^ok +node: Node ${process.versions.node}$`, 'm'));
    assert.match(stdout, new RegExp(`^ok +balancer: HAProxy ${versionOf(haproxy)}\\S* \\(${haproxy}\\)$`, 'm'));
    assert.match(stdout, /^ {10}membership: over the runtime socket, without a reload$/m);
    assert.match(stdout, /^ok +registry: a folder of files/m);
    assert.match(stdout, /^ok +docker: not found; only containers need it$/m);
    assert.equal(code, 0, stdout);
  });

  it('ends with 1 and says what to do when the balancer is missing', async () => {
    const { code, stdout } = await run({ HAPROXY_BIN: '/nowhere/haproxy' });
    assert.match(
      stdout,
      /^problem +balancer: HAPROXY_BIN is \/nowhere\/haproxy, .* Install it .*apt-get install haproxy/m,
    );
    assert.equal(code, 1);
  });

  it('says of a program that is no balancer what it is not', async () => {
    const { state, found } = (await findings({ HAPROXY_BIN: process.execPath }))('balancer');
    assert.equal(state, 'problem');
    assert.match(found, /is HAProxy of an unknown version|-vv/);
    assert.doesNotMatch(found, /muster watcher/);
  });

  it('knows which NGINX keeps idle connections over a reload, and what none can do', async function () {
    requireBinary(this, 'nginx');
    const nginxes = findBalancers('nginx');
    for (const program of nginxes) {
      const { bin } = program;
      const about = await findings({ BALANCER: 'nginx', NGINX_BIN: bin });
      const { state, found, advice } = about('balancer');
      assert.ok(found.startsWith(`NGINX ${versionOf(bin)} `), found);
      const expected = isLossless(program) ? ['ok', false] : ['warning', true];
      assert.deepEqual([state, advice?.includes('1.27.4') ?? false], expected);
      assert.match(about('other balancer').found, /^HAProxy .*BALANCER=haproxy chooses it$/);
    }
    const nginx = nginxes[0]?.bin ?? '';
    const { state, advice } = (await findings({ BALANCER: 'nginx', NGINX_BIN: nginx, BALANCE: 'first' }))('balancer');
    assert.equal(state, 'problem');
    assert.match(advice ?? '', /BALANCE=first is not in NGINX/);
  });

  it('asks the registry and the cluster that are named', async function () {
    const address = `127.0.0.1:${await freePort()}`;
    const about = await findings({ CONSUL_HTTP_ADDR: address, MUSTER_API: address });
    const [registry, cluster] = [about('registry'), about('cluster')];
    assert.deepEqual([registry.state, cluster.state], ['problem', 'problem']);
    assert.match(registry.found, new RegExp(`cannot use Consul on ${address}.*ECONNREFUSED`));
    assert.match(cluster.found, new RegExp(`no watcher answers on http://${address}`));

    const consul = await TestConsul.start(requireBinary(this, 'consul'));
    try {
      // Its deadline is that of somebody who waits for the answer.
      await eventually(async () => {
        const { state, found } = (await findings({ CONSUL_HTTP_ADDR: consul.address }))('registry');
        assert.equal(state, 'ok', found);
        assert.match(found, /^Consul on .* has a leader$/);
      });
    } finally {
      await consul.close();
    }
  });
});
