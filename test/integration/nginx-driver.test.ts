import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@muster/membership';
import { configFile } from '../../ha/src/drivers/config-file.js';
import type { BalancerDriver } from '../../ha/src/drivers/driver.js';
import { type Capabilities, probeCapabilities } from '../../ha/src/drivers/nginx/capabilities.js';
import { nginxCheck } from '../../ha/src/drivers/nginx/check.js';
import { createChecks } from '../../ha/src/drivers/nginx/checks.js';
import { control } from '../../ha/src/drivers/nginx/control.js';
import { nginxDialect } from '../../ha/src/drivers/nginx/dialect.js';
import { nginxDriver } from '../../ha/src/drivers/nginx/driver.js';
import { masterPid, workersOf } from '../../ha/src/drivers/nginx/processes.js';
import type { DesiredServer } from '../../ha/src/plan/desired.js';
import { makePlan } from '../../ha/src/plan/plan.js';
import { makeStructure, SAMPLE_SERVER, type Structure, type TemplateSources } from '../../ha/src/render/structure.js';
import { parseSettings } from '../../ha/src/settings.js';
import { type DriverHarness, driverContract, type StructureEdit } from '../contract/driver.contract.js';
import { ask, type DriverApp, get, startDriverApp } from '../contract/driver-app.js';
import { findNginxes, requireBinary } from '../support/binaries.js';
import { balancerArgs } from '../support/cluster-balancer.js';
import { FULL } from '../support/cluster-matrix.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/ports.js';
import { RunningProcess, tail } from '../support/processes.js';

const TEMPLATES = new URL('../../ha/templates/', import.meta.url);
const SOURCES = {
  'nginx.conf.hbs': readFileSync(new URL('nginx.conf.hbs', TEMPLATES), 'utf8'),
  'nginx-server.hbs': readFileSync(new URL('nginx-server.hbs', TEMPLATES), 'utf8'),
} satisfies TemplateSources;
/** Quick checks: a test waits for them. */
const SETTINGS = {
  CHECK_INTERVAL: '100ms',
  CHECK_DOWN_INTERVAL: '100ms',
  CHECK_FAST_INTERVAL: '50ms',
  HARD_STOP_AFTER: '10s',
};

/** Also a template that does not say what runs. */
type NginxEdit = Omit<StructureEdit, 'nonsense'> & { readonly nonsense?: StructureEdit['nonsense'] | 'state' };

interface NginxHarness extends DriverHarness {
  edited(edit: NginxEdit): Structure;
  readonly capabilities: Capabilities;
  readonly pidFile: string;
}

async function startNginx(binary: string): Promise<NginxHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-driver-'));
  const [port = 0, statsPort = 0] = await freePorts(2);
  const capabilities = await probeCapabilities(binary);
  const edited = structures(dir, port, statsPort, capabilities);
  const path = join(dir, 'nginx.conf');
  const file = configFile(path, nginxCheck(binary));
  const structure = edited({});
  file.write(structure.render(new Map()));
  const logFile = join(dir, 'nginx.log');
  const running = new RunningProcess({
    name: 'nginx',
    command: binary,
    args: balancerArgs('nginx', dir),
    env: {},
    logFile,
  });
  const [socketPath, pidFile] = [join(dir, 'nginx.sock'), join(dir, 'nginx.pid')];
  const logger = createLogger('test', 'silent');
  const driver: BalancerDriver = nginxDriver({
    version: capabilities.version,
    control: control(socketPath),
    checks: createChecks(() => {}),
    publicPorts: new Set([port]),
    ...{ file, socketPath, pidFile, logger },
  });
  const stop = new AbortController();
  const background = driver.run(stop.signal);
  const harness: NginxHarness = {
    capabilities,
    pidFile,
    driver,
    url: `http://127.0.0.1:${port}`,
    structure,
    edited,
    file: () => readFileSync(path, 'utf8'),
    // Any worker may answer: the first one stands for its generation.
    workerPid: async () => Math.min(...(await workersOf((await masterPid(pidFile)) ?? 0)).serving),
    async close() {
      stop.abort();
      await background;
      await running.stop(3_000);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await eventually(() => driver.read({ inFlight: true }, AbortSignal.timeout(5_000)));
  } catch (error) {
    const log = tail(logFile);
    await harness.close();
    throw new Error(`NGINX did not start: ${log}`, { cause: error });
  }
  return harness;
}

function structures(runDir: string, port: number, statsPort: number, capabilities: Capabilities) {
  return ({ settings = {}, nonsense, bind }: NginxEdit): Structure => {
    const binds = [`127.0.0.1:${port}`, ...(bind === undefined ? [] : [bind])];
    const statsBind = `127.0.0.1:${statsPort}`;
    const dialect = nginxDialect({
      ...{ runDir, binds, statsBind, capabilities, stickyKey: '0123456789abcdef' },
      controlSocket: join(runDir, 'nginx.sock'),
      pidFile: join(runDir, 'nginx.pid'),
    });
    const site = { services: [{ name: 'webapp', prefix: null }], binds, statsBind, dialect };
    return makeStructure(sources(nonsense), parseSettings({ ...SETTINGS, ...settings }, '', ''), site);
  };
}

function sources(nonsense: StructureEdit['nonsense'] | 'state'): TemplateSources {
  if (nonsense === 'state')
    return { ...SOURCES, 'nginx.conf.hbs': SOURCES['nginx.conf.hbs'].replace('= /state', '= /other') };
  if (nonsense === 'server')
    return { ...SOURCES, 'nginx-server.hbs': `${SOURCES['nginx-server.hbs'].trimEnd()} muster-nonsense` };
  const config = SOURCES['nginx.conf.hbs'];
  return {
    ...SOURCES,
    'nginx.conf.hbs': nonsense ? config.replace('http {\n', 'http {\n  muster-nonsense on;\n') : config,
  };
}

describe('nginx driver', () => {
  before(function () {
    requireBinary(this, 'nginx');
  });

  const contracts = FULL ? findNginxes() : findNginxes().slice(-1);
  for (const binary of contracts) driverContract(binary, () => startNginx(binary));

  for (const binary of findNginxes().slice(-1)) {
    describe(`${binary}: nginx driver`, () => {
      let nginx: NginxHarness;
      let apps: readonly DriverApp[];

      beforeEach(async () => {
        apps = [await startDriverApp('a'), await startDriverApp('b')];
        nginx = await startNginx(binary);
      });
      afterEach(async () => {
        await nginx.close();
        for (const app of apps) await app.close();
      });

      const app = (at: number) => apps[at] ?? assert.fail(`no app ${at}`);
      const server = (at: number, patch: Partial<DesiredServer> = {}): DesiredServer => ({
        ...{ ...SAMPLE_SERVER, name: app(at).name, address: '127.0.0.1', port: app(at).port },
        ...patch,
      });
      const put = (servers: readonly DesiredServer[], structure = nginx.structure) =>
        putServers(nginx, servers, structure);

      it('goes back to the old config when the new one does not say what it runs', async () => {
        await put([server(0)]);
        const file = nginx.file();
        await assert.rejects(put([server(0)], nginx.edited({ nonsense: 'state' })), {
          code: 'reload-unproved',
          message: /lacks, or has changed, the location \/state|old file was put back/,
        });
        assert.equal(nginx.file(), file);
        await eventually(async () => assert.equal((await readState(nginx)).revision, nginx.structure.revision));
        assert.deepEqual(await get(nginx.url), { status: 200, text: 'a' });
      });

      it('tells workers whose master was killed to finish, so that the next master gets the ports', async () => {
        await put([server(0)]);
        const held = get(`${nginx.url}/hold`);
        await eventually(() => assert.equal(app(0).requests, 1));
        const master = (await masterPid(nginx.pidFile)) ?? assert.fail('no master');
        const { serving } = await workersOf(master);
        process.kill(master, 'SIGKILL');
        await eventually(async () => {
          await readState(nginx).catch(() => undefined);
          await assert.rejects(get(nginx.url), { code: 'ECONNREFUSED' });
        });
        app(0).release();
        assert.deepEqual(await held, { status: 200, text: 'a' });
        await eventually(() => assert.deepEqual(serving.filter(isAlive), []));
      });

      it('sends what may be sent twice to another server when one ends it without an answer, and nothing else', async () => {
        await put([server(0), server(1)]);
        app(0).crashes = true;
        const gets = await Promise.all(Array.from({ length: 10 }, () => get(nginx.url)));
        assert.deepEqual(new Set(gets.map(({ text }) => text)), new Set(['b']));
        await put([server(0)]);
        const posted = await fetch(nginx.url, { method: 'POST' });
        // It may have been carried out: nobody is told to send it again.
        assert.deepEqual([posted.status, posted.headers.get('retry-after')], [502, null]);
      });

      it('goes on with every server after a request that none of them answers', async () => {
        await put([server(0), server(1)]);
        for (const at of [0, 1]) app(at).crashes = true;
        assert.equal((await get(nginx.url)).status, 502);
        for (const at of [0, 1]) app(at).crashes = false;
        const after = await Promise.all(Array.from({ length: 10 }, () => get(nginx.url)));
        assert.deepEqual([...new Set(after.map(({ status }) => status))], [200]);
      });

      it('passes an upgrade through', async () => {
        await put([server(0)]);
        assert.equal(await upgraded(nginx.url), 'echo: hello');
      });

      it('says when to come again while nobody is in service', async () => {
        const answer = await fetch(nginx.url);
        assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1']);
        assert.equal(await answer.text(), 'no member of webapp is in service\n');
      });

      it('keeps sticky clients on a draining server over reloads, and moves them once it is in maintenance', async function () {
        if (!nginx.capabilities.sticky) return this.skip();
        const sticky = nginx.edited({ settings: { BALANCE: 'sticky' } });
        await put([server(0), server(1)], sticky);
        const { cookie, text: mine } = await ask(nginx.url, 'GET', {});
        const answers = async () => {
          const texts = Array.from({ length: 6 }, async () => (await ask(nginx.url, 'GET', { cookie })).text);
          return [...new Set(await Promise.all(texts))];
        };
        const at = mine === 'a' ? 0 : 1;
        for (const admin of ['ready', 'drain'] as const) {
          await put([server(at, { admin }), server(1 - at)], sticky);
          assert.deepEqual(await answers(), [mine], admin);
        }
        const fresh = await Promise.all(Array.from({ length: 6 }, async () => (await get(nginx.url)).text));
        assert.equal(fresh.includes(mine), false);
        await put([server(at, { admin: 'maint' }), server(1 - at)], sticky);
        assert.deepEqual(await answers(), [mine === 'a' ? 'b' : 'a']);
      });
    });
  }
});

async function readState({ driver }: NginxHarness) {
  return driver.read({ inFlight: true }, AbortSignal.timeout(5_000));
}

/** Brings the balancer to these servers. */
async function putServers(nginx: NginxHarness, servers: readonly DesiredServer[], structure: Structure): Promise<void> {
  const sorted = [...servers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const desired = new Map([['webapp', new Map(sorted.map((one) => [one.name, one]))]]);
  const plan = makePlan(desired, await readState(nginx), structure.revision);
  await nginx.driver.apply(plan, structure, true, AbortSignal.timeout(15_000));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What comes back over a connection that was upgraded. */
function upgraded(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { connection: 'upgrade', upgrade: 'echo' }, agent: false, timeout: 5_000 });
    asked.once('upgrade', (_response, socket) => {
      socket.setEncoding('utf8').once('data', (text: string) => {
        resolve(text);
        socket.destroy();
      });
      socket.write('hello');
    });
    asked.once('response', ({ statusCode }) => reject(new Error(`answered ${statusCode}`)));
    asked.once('error', reject).once('timeout', () => asked.destroy(new Error('no answer')));
    asked.end();
  });
}
