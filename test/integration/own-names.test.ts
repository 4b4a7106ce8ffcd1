import { strict as assert } from 'node:assert';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireBinary } from '../support/binaries.js';
import { configServers } from '../support/cluster-haproxy.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/ports.js';
import { RunningProcess, runToEnd } from '../support/processes.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const AGENT = [file('membership/dist/agent/bin.js')];
const WATCHER = [file('ha/dist/main.js')];
const HEALTHCHECK = [file('membership/dist/healthcheck.js')];

/** Gives a process descriptor 3, as s6 does, with a file behind it. */
const WITH_DESCRIPTOR = ['-c', 'exec "$0" "$@" 3>"$READY"'];

describe('own addresses by name, and readiness, of real processes', () => {
  let dir: string;
  let haproxyBin: string;
  const running: RunningProcess[] = [];

  before(function () {
    haproxyBin = requireBinary(this, 'haproxy');
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'muster-names-'));
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.kill();
    rmSync(dir, { recursive: true, force: true });
  });

  const spec = (name: string, command: string, args: readonly string[], env: Readonly<Record<string, string>>) => {
    const common = { REGISTRY_DIR: join(dir, 'registry'), MEMBER_CIDRS: '127.0.0.0/8' };
    return { name, command, args, env: { ...common, ...env }, logFile: join(dir, `${name}.log`) };
  };
  const start = (...args: Parameters<typeof spec>) => {
    const one = new RunningProcess(spec(...args));
    running.push(one);
    return one;
  };
  const log = (name: string) => readFileSync(join(dir, `${name}.log`), 'utf8');
  const isReady = (path: string) => eventually(() => assert.equal(readFileSync(path, 'utf8'), '\n'));

  it('writes literal addresses into the config, answers under its name, and says when it is ready', async () => {
    const [open = 0, stats = 0, api = 0, port = 0] = await freePorts(4);
    cpSync(file('ha/templates'), join(dir, 'templates'), { recursive: true });
    const env = {
      HAPROXY_BIN: haproxyBin,
      RUN_DIR: dir,
      TEMPLATE_DIR: join(dir, 'templates'),
      BIND: `localhost:${open}`,
      STATS_BIND: `localhost:${stats}`,
      API_BIND: `localhost:${api}`,
      BALANCER_ID: 'ha-1',
    };
    await runToEnd(spec('prepare', process.execPath, [...WATCHER, 'prepare'], env));
    const config = readFileSync(join(dir, 'haproxy.cfg'), 'utf8');
    assert.deepEqual(config.match(/bind .*/g), [`bind 127.0.0.1:${open}`, `bind 127.0.0.1:${stats}`]);

    const ready = join(dir, 'ready');
    const args = [...WITH_DESCRIPTOR, process.execPath, ...WATCHER];
    start('watcher', 'sh', args, { ...env, NOTIFY_FD: '3', READY: ready });
    const url = `http://localhost:${api}/healthz`;
    await eventually(async () => assert.equal((await fetch(url)).status, 503));
    assert.equal(readFileSync(ready, 'utf8'), '', 'ready without HAProxy');
    start('haproxy', haproxyBin, ['-W', '-S', join(dir, 'master.sock'), '-f', join(dir, 'haproxy.cfg')], {});
    await isReady(ready);
    await eventually(() => runToEnd(spec('healthcheck', process.execPath, [...HEALTHCHECK, url], {})));

    start('app', process.execPath, [file('test/support/apps/echo-app.mjs')], { PORT: String(port) });
    start('agent', process.execPath, AGENT, { MEMBER_ADDRESS: 'localhost', MEMBER_ID: 'w1', PORT: String(port) });
    await eventually(() => {
      const servers = configServers(join(dir, 'haproxy.cfg')).map(({ name, endpoint }) => `${name} ${endpoint}`);
      assert.deepEqual(servers, [`w1 127.0.0.1:${port}`], log('agent'));
    });
  });

  it('ends with 1 and says why when a name is of no address of this machine', async () => {
    const agent = start('agent', process.execPath, AGENT, { MEMBER_ADDRESS: 'members.invalid' });
    const watcher = start('watcher', process.execPath, WATCHER, { RUN_DIR: dir, API_BIND: 'ha.invalid:7380' });
    assert.equal((await agent.exited).code, 1);
    assert.match(log('agent'), /MEMBER_ADDRESS: members\.invalid cannot be resolved .*an address of this machine/);
    assert.equal((await watcher.exited).code, 1);
    assert.match(log('watcher'), /API_BIND: ha\.invalid cannot be resolved/);
  });
});
