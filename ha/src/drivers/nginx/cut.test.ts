import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cutHung } from './cut.js';
import type { Traffic } from './traffic.js';

const SERVER = { address: '127.0.0.1', port: 3000 };

describe('cutting requests that hang', () => {
  let worker: ChildProcess;
  let pid: number;

  beforeEach(async () => {
    worker = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(worker, 'spawn');
    pid = worker.pid ?? assert.fail('no pid');
  });
  afterEach(() => worker.kill('SIGKILL'));

  /** A worker with `open` requests on the server and `clients` connections of clients. */
  const traffic = (state: 'serving' | 'leaving', open: number, clients: number): Traffic => ({
    workers: { serving: state === 'serving' ? [pid] : [], leaving: state === 'leaving' ? [pid] : [] },
    leaving: 1,
    leavingClients: clients,
    clientsOf: () => clients,
    openOf: () => open,
    openOn: () => open,
  });

  it('ends an old worker that has nothing else', async () => {
    const ended = once(worker, 'exit');
    assert.equal(await cutHung(SERVER, async () => traffic('leaving', 2, 2), assert.fail), true);
    assert.equal((await ended)[1], 'SIGTERM');
  });

  it('lets an old worker finish what others asked it for', async () => {
    assert.equal(await cutHung(SERVER, async () => traffic('leaving', 1, 2), assert.fail), false);
    assert.equal(worker.exitCode, null);
    assert.equal(worker.signalCode, null);
  });

  it('makes new workers first where those that serve have them', async () => {
    let renewed = 0;
    const look = async () => traffic(renewed > 0 ? 'leaving' : 'serving', 1, 1);
    assert.equal(
      await cutHung(SERVER, look, async () => {
        renewed += 1;
      }),
      true,
    );
    assert.equal(renewed, 1);
  });

  it('has nothing to do where nothing is open', async () => {
    assert.equal(await cutHung(SERVER, async () => traffic('leaving', 0, 3), assert.fail), true);
    assert.equal(worker.signalCode, null);
  });
});
