import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@muster/membership';
import { configFile } from '../../ha/src/drivers/config-file.js';
import { type Capabilities, probeCapabilities } from '../../ha/src/drivers/haproxy/capabilities.js';
import { haproxyCheck } from '../../ha/src/drivers/haproxy/check.js';
import { haproxyDialect } from '../../ha/src/drivers/haproxy/dialect.js';
import { haproxyDriver } from '../../ha/src/drivers/haproxy/driver.js';
import { masterSocket } from '../../ha/src/drivers/haproxy/master-socket.js';
import { runtimeClient } from '../../ha/src/drivers/haproxy/runtime-client.js';
import type { DesiredServer } from '../../ha/src/plan/desired.js';
import { makePlan } from '../../ha/src/plan/plan.js';
import {
  makeStructure,
  SAMPLE_SERVER,
  type Site,
  type Structure,
  type TemplateSources,
} from '../../ha/src/render/structure.js';
import { parseSettings } from '../../ha/src/settings.js';
import { type DriverHarness, driverContract, type StructureEdit } from '../contract/driver.contract.js';
import { startDriverApp } from '../contract/driver-app.js';
import { findHaproxies, requireBinary } from '../support/binaries.js';
import { balancerArgs } from '../support/cluster-balancer.js';
import { workerPid } from '../support/cluster-haproxy.js';
import { FULL } from '../support/cluster-matrix.js';
import { eventually } from '../support/eventually.js';
import { freePorts } from '../support/ports.js';
import { RunningProcess, tail } from '../support/processes.js';

const TEMPLATES = new URL('../../ha/templates/', import.meta.url);
const SOURCES = {
  'haproxy.cfg.hbs': readFileSync(new URL('haproxy.cfg.hbs', TEMPLATES), 'utf8'),
  'server.hbs': readFileSync(new URL('server.hbs', TEMPLATES), 'utf8'),
} satisfies TemplateSources;
/** Quick checks: a test waits for them. */
const SETTINGS = {
  CHECK_INTERVAL: '100ms',
  CHECK_DOWN_INTERVAL: '100ms',
  CHECK_FAST_INTERVAL: '50ms',
  HARD_STOP_AFTER: '10s',
};

interface HaproxyHarness extends DriverHarness {
  readonly dir: string;
  readonly capabilities: Capabilities;
}

async function startHaproxy(binary: string): Promise<HaproxyHarness> {
  const dir = mkdtempSync(join(tmpdir(), 'muster-driver-'));
  const [port = 0, statsPort = 0] = await freePorts(2);
  const capabilities = await probeCapabilities(binary);
  const edited = structures(dir, port, statsPort, capabilities);
  const path = join(dir, 'haproxy.cfg');
  const file = configFile(path, haproxyCheck(binary));
  const structure = edited({});
  file.write(structure.render(new Map()));
  const logFile = join(dir, 'haproxy.log');
  const args = balancerArgs('haproxy', dir);
  const running = new RunningProcess({ name: 'haproxy', command: binary, args, env: {}, logFile });
  const logger = createLogger('test', 'silent');
  const runtime = runtimeClient({ path: join(dir, 'haproxy.sock'), timeoutMs: 5_000, logger });
  const harness: HaproxyHarness = {
    dir,
    capabilities,
    driver: haproxyDriver({ capabilities, file, runtime, master: masterSocket(join(dir, 'master.sock'), logger) }),
    url: `http://127.0.0.1:${port}`,
    structure,
    edited,
    file: () => readFileSync(path, 'utf8'),
    workerPid: () => workerPid(join(dir, 'haproxy.sock')),
    async close() {
      await running.stop(3_000);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    // The master's socket comes last on 2.6.
    await eventually(() => harness.driver.read({ inFlight: true }, AbortSignal.timeout(5_000)));
  } catch (error) {
    const log = tail(logFile);
    await harness.close();
    throw new Error(`HAProxy did not start: ${log}`, { cause: error });
  }
  return harness;
}

function structures(dir: string, port: number, statsPort: number, capabilities: Capabilities) {
  const dialect = haproxyDialect({
    runtimeSocket: join(dir, 'haproxy.sock'),
    stickyKey: '0123456789abcdef',
    capabilities,
  });
  return ({ settings = {}, nonsense, bind }: StructureEdit): Structure => {
    const site: Site = {
      services: [{ name: 'webapp', prefix: null }],
      binds: [`127.0.0.1:${port}`, ...(bind === undefined ? [] : [bind])],
      statsBind: `127.0.0.1:${statsPort}`,
      dialect,
    };
    return makeStructure(sources(nonsense), parseSettings({ ...SETTINGS, ...settings }, '', ''), site);
  };
}

function sources(nonsense: StructureEdit['nonsense']): TemplateSources {
  if (nonsense === 'server') return { ...SOURCES, 'server.hbs': `${SOURCES['server.hbs'].trimEnd()} muster-nonsense` };
  const config = SOURCES['haproxy.cfg.hbs'];
  return {
    ...SOURCES,
    'haproxy.cfg.hbs': nonsense
      ? config.replace('frontend public\n', 'frontend public\n  muster-nonsense on\n')
      : config,
  };
}

describe('haproxy driver', () => {
  before(function () {
    requireBinary(this, 'haproxy');
  });

  const [oldest, ...newer] = findHaproxies();
  const some = FULL ? [oldest, ...newer] : [oldest, newer.at(-1)];
  for (const binary of some.filter((one) => one !== undefined)) {
    driverContract(binary, () => startHaproxy(binary));

    describe(`${binary}: haproxy driver`, () => {
      let haproxy: HaproxyHarness;

      beforeEach(async () => {
        haproxy = await startHaproxy(binary);
      });
      afterEach(() => haproxy.close());

      it('does not take the worker that serves for an old one after a reload that failed', async () => {
        const master = join(haproxy.dir, 'master.sock');
        const good = haproxy.file();
        writeFileSync(join(haproxy.dir, 'haproxy.cfg'), 'global\n  muster-nonsense on\n');
        await askQuietly(master, 'reload');
        await eventually(async () => assert.match(await askQuietly(master, 'show proc'), /failed: 1/));
        writeFileSync(join(haproxy.dir, 'haproxy.cfg'), good);
        const state = await haproxy.driver.read({ inFlight: true }, AbortSignal.timeout(5_000));
        assert.deepEqual([state.oldWorkers, state.oldWorkerConnections], [0, 0]);
      });

      it('lets a request wait for a server that comes back, where it has the Lua for it', async () => {
        if (haproxy.capabilities.lua.length === 0) return assert.doesNotMatch(haproxy.file(), /lua/);
        const app = await startDriverApp('a');
        const server = { ...SAMPLE_SERVER, name: 'a', address: '127.0.0.1', port: app.port };
        try {
          await put(haproxy, { ...server, admin: 'maint' });
          const waiting = fetch(haproxy.url);
          // Only one that is still open proves anything.
          assert.equal(await Promise.race([waiting, delay(100, 'open')]), 'open');
          await put(haproxy, server);
          assert.equal((await waiting).status, 200);
          assert.match(haproxy.file(), /lua\.await_server webapp/);
        } finally {
          await app.close();
        }
      });

      it('answers 503 at once where no server is known', async () => {
        const answer = await Promise.race([fetch(haproxy.url), delay(800, null)]);
        assert.equal(answer?.status, 503);
        assert.equal(answer?.headers.get('retry-after'), '1');
      });

      it('rejects a change whose answer it does not know', async () => {
        const app = await startDriverApp('a');
        const server = { ...SAMPLE_SERVER, name: 'a', address: '127.0.0.1', port: app.port };
        try {
          await put(haproxy, server);
          const again = { kind: 'add', backend: 'webapp', server } as const;
          const plan = { desired: new Map([['webapp', new Map([['a', server]])]]), reload: null, steps: [again] };
          await assert.rejects(haproxy.driver.apply(plan, haproxy.structure, true, AbortSignal.timeout(5_000)), {
            code: 'balancer-answer-unknown',
          });
          assert.equal((await fetch(haproxy.url)).status, 200);
        } finally {
          await app.close();
        }
      });

      it('rejects, and is not stuck, when HAProxy is gone', async () => {
        const gone = await startHaproxy(binary);
        await gone.close();
        await assert.rejects(gone.driver.read({ inFlight: true }, AbortSignal.timeout(5_000)), {
          code: 'balancer-unreachable',
          retryable: true,
        });
      });
    });
  }
});

/** Brings the balancer to one server. */
async function put({ driver, structure }: HaproxyHarness, server: DesiredServer): Promise<void> {
  const signal = AbortSignal.timeout(5_000);
  const desired = new Map([['webapp', new Map([[server.name, server]])]]);
  const plan = makePlan(desired, await driver.read({ inFlight: false }, signal), structure.revision);
  await driver.apply(plan, structure, true, signal);
}

/** The master may drop a connection while it starts itself again: that answer is empty. */
async function askQuietly(path: string, command: string): Promise<string> {
  try {
    return await masterSocket(path, createLogger('test', 'silent')).ask(command, 5_000, AbortSignal.timeout(5_000));
  } catch {
    return '';
  }
}
