import { strict as assert } from 'node:assert';
import { createLogger, MusterError } from '@muster/membership';
import { PATIENCE_MS } from '../../../../test/support/eventually.js';
import { byName, desiredServer, runningServer, runningState, SITE, SOURCES, STRUCTURE } from '../../fixture.test.js';
import { makePlan } from '../../plan/plan.js';
import { makeStructure } from '../../render/structure.js';
import { parseSettings } from '../../settings.js';
import type { ConfigFile } from '../config-file.js';
import { STATE_HEADER, STATE_LINES } from './captured.test.js';
import { haproxyDriver } from './driver.js';
import { masterSocket } from './master-socket.js';
import type { RuntimeClient } from './runtime-client.js';

const signal = () => AbortSignal.timeout(PATIENCE_MS);
const WANT = new Map([['webapp', byName([desiredServer('web-1')])]]);
const PLAN = makePlan(WANT, runningState([]), STRUCTURE.revision);

/** A driver without a HAProxy: `reply` answers the socket, `done` lists file and socket in the order of their use. */
function driverWith(reply: (command: string) => string, write: (text: string) => void = () => undefined) {
  const done: string[] = [];
  let text: string | null = null;
  const file: ConfigFile = {
    path: 'haproxy.cfg',
    read: async () => text,
    write(next) {
      done.push('file');
      write(next);
      text = next;
    },
    keep: async (next) => file.write(next),
    check: async () => undefined,
  };
  const runtime: RuntimeClient = {
    async ask(commands) {
      done.push(...commands);
      return commands.map(reply);
    },
    reconnect: () => undefined,
  };
  const capabilities = { version: '3.2.26', serverKeywords: '', cookieOnAdd: true, synchronousReload: true, lua: [] };
  const logger = createLogger('test', 'silent');
  return {
    done,
    driver: haproxyDriver({
      capabilities,
      file,
      runtime,
      master: masterSocket('/nowhere/master.sock', logger),
      logger,
    }),
  };
}

const fine = (command: string) => (command.startsWith('add server') ? 'New server registered.' : '');

describe('haproxy driver, without a HAProxy', () => {
  it('writes the file before it talks to the socket', async () => {
    const { driver, done } = driverWith(fine);
    const result = await driver.apply(PLAN, STRUCTURE, true, signal());
    assert.deepEqual(result, { pending: [], needsReload: null, reloaded: false });
    assert.equal(done[0], 'file');
    assert.equal(done.length, 4);
  });

  it('changes the traffic even when the disk is full, and says so afterwards', async () => {
    const full = new MusterError('config-unwritable', 'no space left');
    const { driver, done } = driverWith(fine, () => {
      throw full;
    });
    await assert.rejects(driver.apply(PLAN, STRUCTURE, true, signal()), full);
    assert.equal(done.length, 4);
  });

  it('finds no fault in a full disk while all that is left to do waits for a reload', async () => {
    const { driver, done } = driverWith(fine, () => {
      throw new MusterError('config-unwritable', 'no space left');
    });
    const settings = parseSettings({ ROUTING: 'local-first' }, '', '');
    const localFirst = makeStructure(SOURCES, settings, { ...SITE, localAddress: '10.0.0.9' });
    const running = runningState([runningServer('web-1', { address: '10.0.0.9' })], { revision: localFirst.revision });
    const plan = makePlan(WANT, running, localFirst.revision);
    const result = await driver.apply(plan, localFirst, true, signal());
    assert.deepEqual([result.pending, done], [plan.steps, []]);
    assert.match(result.needsReload ?? '', /webapp\/web-1 moved/);
  });

  it('rejects a reply that no closed list knows', async () => {
    const { driver } = driverWith((command) => (command.startsWith('enable') ? 'No such command' : fine(command)));
    await assert.rejects(driver.apply(PLAN, STRUCTURE, true, signal()), {
      code: 'balancer-answer-unknown',
      message: /enable health/,
    });
  });

  it('rejects a state that it cannot read instead of taking it for an empty one', async () => {
    const { driver } = driverWith(() => 'Permission denied');
    await assert.rejects(driver.read({ inFlight: false }, signal()), { code: 'balancer-answer-unknown' });
  });

  it('tells a worker that cannot prove its structure', async () => {
    const { driver } = driverWith((command) =>
      command.startsWith('get var') ? 'Variable not found.' : STATE_HEADER + STATE_LINES.down,
    );
    assert.equal((await driver.read({ inFlight: false }, signal())).revision, null);
  });

  it('rejects when requests are to be counted and the master does not answer', async () => {
    const { driver } = driverWith((command) =>
      command === 'show servers state' ? STATE_HEADER + STATE_LINES.down : '# pxname,svname,qcur,qmax,scur\n',
    );
    await assert.rejects(driver.read({ inFlight: true }, signal()), { code: 'balancer-unreachable' });
  });
});
