import { strict as assert } from 'node:assert';
import { request } from 'node:http';
import { join } from 'node:path';
import { masterPid, workersOf } from '../../ha/src/drivers/nginx/processes.js';
import type { DesiredServer } from '../../ha/src/plan/desired.js';
import { driverContract } from '../contract/driver.contract.js';
import { ask, type DriverApp, get, startDriverApp } from '../contract/driver-app.js';
import { type StartedDriver, serverOf, startDriver } from '../contract/driver-harness.js';
import { hasCookies } from '../support/balancer-can.js';
import { findBalancers, requireBinary } from '../support/binaries.js';
import { eventually, PATIENCE_MS } from '../support/eventually.js';
import { FULL } from '../support/full.js';

describe('nginx driver', () => {
  before(function () {
    requireBinary(this, 'nginx');
  });

  const found = findBalancers('nginx');
  for (const program of FULL ? found : found.slice(-1)) driverContract(program.bin, () => startDriver(program));

  for (const program of found.slice(-1)) {
    describe(`${program.bin}: nginx driver`, () => {
      let nginx: StartedDriver;
      let apps: readonly DriverApp[];

      beforeEach(async () => {
        apps = [await startDriverApp('a'), await startDriverApp('b')];
        nginx = await startDriver(program);
      });
      afterEach(async () => {
        await nginx.close();
        for (const app of apps) await app.close();
      });

      const app = (at: number) => apps[at] ?? assert.fail(`no app ${at}`);
      const server = (at: number, patch: Partial<DesiredServer> = {}) => serverOf(app(at), patch);
      const put: StartedDriver['put'] = (servers, structure) => nginx.put(servers, structure);
      const read = () => nginx.driver.read({ inFlight: true }, AbortSignal.timeout(PATIENCE_MS));

      it('goes back to the old config when the new one does not say what it runs', async () => {
        await put([server(0)]);
        const file = nginx.file();
        const silent = await nginx.edited({ template: (text) => text.replace('= /state', '= /other') });
        await assert.rejects(put([server(0)], silent), {
          code: 'reload-unproved',
          message: /lacks, or has changed, the location \/state|old file was put back/,
        });
        assert.equal(nginx.file(), file);
        await eventually(async () => assert.equal((await read()).revision, nginx.structure.revision));
        assert.deepEqual(await get(nginx.url), { status: 200, text: 'a' });
      });

      it('tells workers whose master was killed to finish, so that the next master gets the ports', async () => {
        await put([server(0)]);
        const held = get(`${nginx.url}/hold`);
        await eventually(() => assert.equal(app(0).requests, 1));
        const master = (await masterPid(join(nginx.runDir, 'nginx.pid'))) ?? assert.fail('no master');
        const { serving } = await workersOf(master);
        process.kill(master, 'SIGKILL');
        await eventually(async () => {
          await read().catch(() => undefined);
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
        if (!hasCookies(program)) return this.skip();
        const sticky = await nginx.edited({ settings: { BALANCE: 'sticky' } });
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
    const asked = request(url, {
      headers: { connection: 'upgrade', upgrade: 'echo' },
      agent: false,
      timeout: PATIENCE_MS,
    });
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
