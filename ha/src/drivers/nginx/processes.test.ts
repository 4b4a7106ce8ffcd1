import { strict as assert } from 'node:assert';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { errorCode } from '@muster/membership';
import { eventually } from '../../../../test/support/eventually.js';
import { socketInodes, textOf, workersOf } from './processes.js';

const run = promisify(execFile);

/** What looks give where only so many file descriptors are free: what they found, or the code of their fault. */
async function withFewDescriptors(looks: readonly (readonly [look: string, free: number])[]): Promise<string[]> {
  const script = `
    import { closeSync, openSync } from 'node:fs';
    const { socketInodes, workersOf } = await import(${JSON.stringify(new URL('processes.ts', import.meta.url).href)});
    for (const [look, free] of [${looks.map(([look, free]) => `[async () => ${look}, ${free}]`).join()}]) {
      await look();
      const taken = [];
      try { for (;;) taken.push(openSync('/dev/null')); } catch {}
      for (const fd of taken.splice(0, free)) closeSync(fd);
      const told = await look().then(JSON.stringify, (fault) => fault.code);
      for (const fd of taken) closeSync(fd);
      console.log(told);
    }`;
  const node = [process.execPath, ...process.execArgv, '--input-type=module', '-e', script];
  const { stdout } = await run('sh', ['-c', 'ulimit -n 128; exec "$@"', 'sh', ...node]);
  return stdout.trim().split('\n');
}

describe('processes of NGINX', () => {
  let master: ChildProcess;
  let masterPid: number;
  const workers: number[] = [];

  // A master is whoever has such children: eight with the title of a worker, each of which tells its pid.
  before(async () => {
    const worker = "(exec -a 'nginx: worker process' sleep 300) & echo $!;";
    master = spawn('bash', ['-c', `${worker.repeat(8)} wait`], { stdio: ['ignore', 'pipe', 'ignore'] });
    masterPid = master.pid ?? assert.fail('no pid');
    for await (const line of createInterface({ input: master.stdout ?? assert.fail('no stdout') })) {
      workers.push(Number(line));
      if (workers.length === 8) break;
    }
  });
  after(() => {
    for (const pid of workers) process.kill(pid, 'SIGKILL');
  });

  it('are found by their titles', async () => {
    const sorted = (pids: readonly number[]) => [...pids].sort((a, b) => a - b);
    // A child gets its title only after its start.
    await eventually(async () => assert.deepEqual(sorted((await workersOf(masterPid)).serving), sorted(workers)));
  });

  it('are never taken for gone because this process has too many open files', async () => {
    const looks = [
      [`workersOf(${masterPid})`, 1],
      [`socketInodes(${workers[0]})`, 0],
    ] as const;
    assert.deepEqual(await withFewDescriptors(looks), ['balancer-unreadable', 'balancer-unreadable']);
  });

  it('are gone when there is no such process, and hold nothing then', async () => {
    const gone = 2 ** 22 + 1;
    assert.deepEqual([socketInodes(gone), await textOf(`/proc/${gone}/cmdline`)], [[], '']);
  });

  it('are not taken for gone because something cannot be read as a file', async () => {
    await assert.rejects(textOf('/proc/self'), (error) => {
      assert.equal(errorCode(error), 'balancer-unreadable');
      return true;
    });
  });
});
