import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, PATIENCE_MS } from '../../../../test/support/eventually.js';
import type { ConfigFile } from '../config-file.js';
import { runningMaster } from './processes.js';
import { reload } from './reload.js';

/** A process with the title of a master. Its own parent waits for it, so that it is gone as soon as it has ended. */
async function startMaster(pidFile: string): Promise<{ readonly pid: number; readonly ended: Promise<unknown> }> {
  const script = "(exec -a 'nginx: master process' sleep 60) & echo $!; wait";
  const parent = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(parent, 'exit');
  const [pid] = await once(parent.stdout, 'data');
  writeFileSync(pidFile, String(pid));
  await eventually(() => runningMaster(pidFile));
  return { pid: Number(pid), ended };
}

/** Blocks, as the write of a file does. */
function endNow(pid: number): void {
  process.kill(pid, 'SIGKILL');
  try {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) process.kill(pid, 0);
  } catch {
    return;
  }
  assert.fail(`${pid} did not end`);
}

describe('a reload of NGINX', () => {
  it('calls the balancer unreachable when its master ends just before it, and puts the old file back', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'muster-reload-'));
    const pidFile = join(dir, 'nginx.pid');
    const { pid, ended } = await startMaster(pidFile);
    const written: string[] = [];
    const file: ConfigFile = {
      ...{ path: 'nginx.conf', read: async () => 'old', keep: assert.fail, check: async () => undefined },
      write(text) {
        written.push(text);
        if (text === 'new') endNow(pid);
      },
    };
    const control = { state: async () => assert.fail(), openRequests: async () => assert.fail() };
    try {
      await assert.rejects(
        reload(
          { text: 'new', checked: 'new', state: '{}' },
          { file, control, pidFile, timeoutMs: 1_000 },
          AbortSignal.timeout(2 * PATIENCE_MS),
        ),
        { code: 'balancer-unreachable', retryable: true, message: new RegExp(`master ${pid} ended`) },
      );
      assert.deepEqual(written, ['new', 'old']);
    } finally {
      await ended;
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
