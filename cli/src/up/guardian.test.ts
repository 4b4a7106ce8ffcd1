import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.js';
import { runDirAt } from '../run-dir.js';
import { type GuardianLink, startGuardian } from './guardian-link.js';
import { ownIdentity, writeOwner } from './owner.js';
import { identify, isAlive, type ProcessIdentity, signalIfThere } from './process-info.js';

describe('the guardian', () => {
  let root = '';
  let guardian: GuardianLink | null = null;
  const started: ProcessIdentity[] = [];

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'muster-guard-'));
    mkdirSync(dir().path);
    guardian = await startGuardian(dir());
    writeOwner(dir(), { up: ownIdentity(), guardian: guardian.identity, ports: [] });
  });
  afterEach(async () => {
    await guardian?.close();
    for (const one of started.splice(0)) if (isAlive(one)) signalIfThere(-one.pid, 'SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  const dir = () => runDirAt(join(root, '7380'));

  async function startGroup(): Promise<ProcessIdentity> {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    await new Promise((resolve) => child.once('spawn', resolve));
    const leader = child.pid === undefined ? null : identify(child.pid);
    assert.ok(leader);
    started.push(leader);
    return leader;
  }

  it('ends every group that was announced and removes the run directory when its pipe ends', async () => {
    const [member, service] = [await startGroup(), await startGroup()];
    guardian?.announce(member, 'member');
    guardian?.announce(service, 'service');
    await guardian?.close();
    assert.equal(existsSync(dir().path), false);
    // What was sent a SIGKILL is gone as soon as it gets its turn.
    await eventually(() => assert.deepEqual([isAlive(member), isAlive(service)], [false, false]));
  });

  it('leaves alone what was withdrawn, and a process that only has the pid of what was announced', async () => {
    const [withdrawn, stranger] = [await startGroup(), await startGroup()];
    guardian?.announce(withdrawn, 'member');
    guardian?.withdraw(withdrawn.pid);
    guardian?.announce({ pid: stranger.pid, started: 'another time' }, 'service');
    await guardian?.close();
    assert.deepEqual([isAlive(withdrawn), isAlive(stranger)], [true, true]);
  });

  it('leaves the folder alone when another cluster has it by now', async () => {
    writeOwner(dir(), { up: { pid: 1, started: '1' }, guardian: null, ports: [] });
    await guardian?.close();
    assert.equal(existsSync(dir().path), true);
  });
});
