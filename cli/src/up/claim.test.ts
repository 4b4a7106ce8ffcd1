import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ensureClusterRoot, runDirAt } from '../run-dir.js';
import { type Claim, type ClusterPorts, claimCluster } from './claim.js';
import { ownerState, portsOfClusters, withStartLock, writeOwner } from './owner.js';
import { choosePort, type PortWish } from './ports.js';

const PATIENT = new AbortController().signal;

describe('claiming ports and a run directory', () => {
  let base = '';
  let claims: Claim[] = [];
  let busy: Server | null = null;
  const env = () => ({ XDG_RUNTIME_DIR: base });

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'muster-claim-'));
    claims = [];
  });
  afterEach(async () => {
    busy?.close();
    busy = null;
    for (const claim of claims) await claim.release();
    rmSync(base, { recursive: true, force: true });
  });

  function wishes(
    changes: Partial<Record<keyof ClusterPorts, Partial<PortWish>>> = {},
  ): Record<keyof ClusterPorts, PortWish> {
    const wish = (what: string, port: number, change = {}) => ({
      what,
      flag: `--${what}`,
      port,
      explicit: false,
      ...change,
    });
    return {
      public: wish('balancer', 21_080, changes.public),
      stats: wish('stats', 21_404, changes.stats),
      api: wish('api', 21_380, changes.api),
    };
  }

  async function claim(wanted = wishes()): Promise<Claim> {
    const made = await claimCluster(wanted, env(), PATIENT);
    claims.push(made);
    return made;
  }

  it('makes a folder for this user alone, and removes it without a trace', async () => {
    const { dir, release } = await claim();
    assert.deepEqual(
      [ownerState(dir), statSync(dir.path).mode & 0o777, statSync(dir.sessionSecret).mode & 0o777],
      ['runs', 0o700, 0o600],
    );
    await release();
    assert.equal(existsSync(ensureClusterRoot(env())) && existsSync(dir.path), false);
  });

  it('gives clusters that start at the same time different ports, also for their apps', async () => {
    const both = await Promise.all([claim(), claim()]);
    const apps = await Promise.all(both.map((one) => one.appPorts(3, new Set(), PATIENT)));
    const ports = [...both.flatMap((one) => Object.values(one.ports)), ...apps.flat()];
    assert.equal(new Set(ports).size, 12);
    assert.deepEqual([...portsOfClusters(env())].sort(), [...ports].sort());
  });

  it('moves a default port that is busy, and refuses a busy one that the user named', async () => {
    const server = createServer();
    busy = server;
    await new Promise<void>((resolve) => server.listen(21_080, '127.0.0.1', resolve));
    const moved = await claim();
    assert.notEqual(moved.ports.public, 21_080);
    await assert.rejects(claim(wishes({ public: { explicit: true } })), {
      code: 'port-busy',
      message: /cannot use port 21080 .*it is in use.*--balancer/,
    });
  });

  it('refuses the API port of a cluster that runs', async () => {
    const first = await claim();
    const wanted = wishes({ api: { explicit: true, port: first.ports.api } });
    await assert.rejects(claim(wanted), { code: 'cluster-exists', message: new RegExp(`pid ${process.pid}`) });
  });

  it('does not let a default take the port that the user named for something else', async () => {
    const { ports } = await claim(wishes({ stats: { port: 21_080, explicit: true } }));
    assert.equal(ports.stats, 21_080);
    assert.notEqual(ports.public, 21_080);
  });

  it('removes the folder of a dead cluster', async () => {
    const dead = runDirAt(join(ensureClusterRoot(env()), '21999'));
    mkdirSync(dead.path);
    writeOwner(dead, { up: { pid: process.pid, started: 'another time' }, guardian: null, ports: [21_080] });
    await claim();
    assert.equal(existsSync(dead.path), false);
  });

  it('takes over the lock of a start that died', async () => {
    const lock = join(ensureClusterRoot(env()), 'start-lock');
    mkdirSync(lock);
    writeFileSync(join(lock, `${process.pid}-1`), '');
    assert.equal(await withStartLock(env(), PATIENT, async () => 'done'), 'done');
  });

  it('lets one start at a time choose, however many take over from a dead one', async () => {
    const lock = join(ensureClusterRoot(env()), 'start-lock');
    mkdirSync(lock);
    writeFileSync(join(lock, `${process.pid}-1`), '');
    let choosing = 0;
    const choose = async () => {
      choosing += 1;
      assert.equal(choosing, 1);
      await setImmediate();
      choosing -= 1;
    };
    await Promise.all(Array.from({ length: 10 }, () => withStartLock(env(), PATIENT, choose)));
    assert.equal(existsSync(lock), false);
  });

  it('says what a user may do about a port without the right to it', async () => {
    const wish = { what: 'balancer', flag: '--port', port: 21_080, explicit: true };
    await assert.rejects(
      choosePort(wish, new Set([21_080])),
      /another cluster of yours uses it\. Stop what uses it, or give another --port/,
    );
  });
});
