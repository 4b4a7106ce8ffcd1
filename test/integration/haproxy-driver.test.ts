import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@muster/membership';
import { configFile } from '../../ha/src/drivers/config-file.js';
import { probeCapabilities } from '../../ha/src/drivers/haproxy/capabilities.js';
import { haproxyCheck } from '../../ha/src/drivers/haproxy/check.js';
import { masterSocket } from '../../ha/src/drivers/haproxy/master-socket.js';
import { reload, workerIdentity } from '../../ha/src/drivers/haproxy/reload.js';
import { runtimeClient } from '../../ha/src/drivers/haproxy/runtime-client.js';
import { driverContract } from '../contract/driver.contract.js';
import { startDriverApp } from '../contract/driver-app.js';
import { type StartedDriver, serverOf, startDriver } from '../contract/driver-harness.js';
import { findBalancers, requireBinary } from '../support/binaries.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { FULL } from '../support/full.js';
import { whileUnreachable } from '../support/running-balancer.js';

describe('haproxy driver', () => {
  before(function () {
    requireBinary(this, 'haproxy');
  });

  const [oldest, ...newer] = findBalancers('haproxy');
  const some = FULL ? [oldest, ...newer] : [oldest, newer.at(-1)];
  for (const program of some.filter((one) => one !== undefined)) {
    driverContract(program.bin, () => startDriver(program));

    describe(`${program.bin}: haproxy driver`, () => {
      let haproxy: StartedDriver;

      beforeEach(async () => {
        haproxy = await startDriver(program);
      });
      afterEach(() => haproxy.close());

      it('does not take the worker that serves for an old one after a reload that failed', async () => {
        const master = join(haproxy.runDir, 'master.sock');
        const good = haproxy.file();
        writeFileSync(join(haproxy.runDir, 'haproxy.cfg'), 'global\n  muster-nonsense on\n');
        await askQuietly(master, 'reload');
        await eventually(async () => assert.match(await askQuietly(master, 'show proc'), /failed: 1/));
        writeFileSync(join(haproxy.runDir, 'haproxy.cfg'), good);
        const read = () => haproxy.driver.read({ inFlight: true }, AbortSignal.timeout(PATIENCE_MS));
        const state = await whileUnreachable(read);
        assert.deepEqual([state.oldWorkers, state.oldWorkerConnections], [0, 0]);
      });

      it('lets a request wait for a server that comes back, where it has the Lua for it', async () => {
        const { lua } = await probeCapabilities(program.bin);
        if (lua.length === 0) return assert.doesNotMatch(haproxy.file(), /lua/);
        const app = await startDriverApp('a');
        const server = serverOf(app);
        try {
          // It waits for three seconds only: on a busy machine the server may come too late for the first.
          await eventually(async () => {
            await haproxy.put([{ ...server, admin: 'maint' }]);
            const waiting = fetch(haproxy.url);
            // Only one that is still open proves anything.
            assert.equal(await Promise.race([waiting, delay(100, 'open')]), 'open');
            await haproxy.put([server]);
            assert.equal((await waiting).status, 200);
          });
          assert.match(haproxy.file(), /lua\.await_server webapp/);
        } finally {
          await app.close();
        }
      });

      it('answers 503 at once where no server is known', async () => {
        // Where one is known it takes three seconds. One answer in less is proof enough: a busy machine may be late.
        await eventually(async () => {
          const answer = await Promise.race([fetch(haproxy.url), delay(800, null)]);
          assert.equal(answer?.status, 503);
          assert.equal(answer?.headers.get('retry-after'), '1');
        });
      });

      it('tells of a reload for which the old worker gave no sockets, where HAProxy says so', async () => {
        const { synchronousReload: synchronous } = await probeCapabilities(program.bin);
        const silent = createLogger('test', 'silent');
        const warnings: unknown[] = [];
        const logger = Object.assign(Object.create(silent), { warn: (text: unknown) => void warnings.push(text) });
        const file = configFile(join(haproxy.runDir, 'haproxy.cfg'), haproxyCheck(program.bin));
        const runtime = runtimeClient({ path: join(haproxy.runDir, 'haproxy.sock'), logger: silent });
        const master = masterSocket(join(haproxy.runDir, 'master.sock'), silent);
        const signal = AbortSignal.timeout(PATIENCE_MS);
        const options = { file, runtime, master, synchronous, timeoutMs: PATIENCE_MS, logger };
        const candidate = { text: haproxy.file(), checked: haproxy.file(), revision: haproxy.structure.revision };
        // A worker that only had no turn for a second counts as one that stood still: then once more.
        await eventually(async () => {
          warnings.length = 0;
          await reload(candidate, options, signal);
          assert.deepEqual(warnings, []);
        });
        const { pid } = await workerIdentity(runtime, signal);
        // The last that is done before HAProxy is asked; it waits a second for the sockets.
        const write = (text: string) => {
          file.write(text);
          process.kill(pid, 'SIGSTOP');
        };
        try {
          await reload(candidate, { ...options, file: { ...file, write } }, signal);
        } finally {
          process.kill(pid, 'SIGCONT');
        }
        assert.equal(warnings.length, synchronous ? 1 : 0, String(warnings));
        // What this is about may happen to the first: it waits on a socket of the old worker.
        await eventually(async () => assert.equal((await fetch(haproxy.url)).status, 503));
      });

      it('rejects a change whose answer it does not know', async () => {
        const app = await startDriverApp('a');
        const server = serverOf(app);
        try {
          await haproxy.put([server]);
          const again = { kind: 'add', backend: 'webapp', server } as const;
          const plan = { desired: new Map([['webapp', new Map([['a', server]])]]), reload: null, steps: [again] };
          const apply = () => haproxy.driver.apply(plan, haproxy.structure, true, AbortSignal.timeout(PATIENCE_MS));
          await assert.rejects(whileUnreachable(apply), { code: 'balancer-answer-unknown' });
          assert.equal((await fetch(haproxy.url)).status, 200);
        } finally {
          await app.close();
        }
      });

      it('rejects, and is not stuck, when HAProxy is gone', async () => {
        const gone = await startDriver(program);
        await gone.close();
        await assert.rejects(gone.driver.read({ inFlight: true }, AbortSignal.timeout(PATIENCE_MS)), {
          code: 'balancer-unreachable',
          retryable: true,
        });
      });
    });
  }
});

/** The master may drop a connection while it starts itself again: that answer is empty. */
async function askQuietly(path: string, command: string): Promise<string> {
  try {
    return await masterSocket(path, createLogger('test', 'silent')).ask(command, 5_000, AbortSignal.timeout(5_000));
  } catch {
    return '';
  }
}
