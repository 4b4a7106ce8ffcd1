import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/eventually.js';
import type { ProcessExit } from './child.js';
import { childrenOf, groupLives, identify, isAlive, type ProcessIdentity } from './process-info.js';
import type { AfterExit, ProcessSpec, SuperviseObserver } from './process-spec.js';
import { Supervised } from './supervised.js';

const PATIENT = new AbortController().signal;
const WAIT_FOREVER = 'setInterval(() => {}, 1000)';

describe('a supervised process', () => {
  let folder = '';
  let running: Supervised | null = null;
  let live = new Map<number, ProcessIdentity>();
  let ends: { readonly exit: ProcessExit; readonly next: AfterExit }[] = [];
  const observer: SuperviseObserver = {
    groupStarted: (_, leader) => live.set(leader.pid, leader),
    groupEnded: (leader) => live.delete(leader.pid),
    ended: (_, exit, next) => ends.push({ exit, next }),
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-supervised-'));
    live = new Map();
    ends = [];
  });
  afterEach(async () => {
    await running?.stop(AbortSignal.abort());
    rmSync(folder, { recursive: true, force: true });
  });

  function start(script: string, changes: Partial<ProcessSpec> = {}): Supervised {
    const base = { name: 'one', rank: 'member', env: process.env, logFile: join(folder, 'one.log') } as const;
    const spec = {
      ...base,
      command: [process.execPath, '-e', script],
      stopSteps: [{ signal: 'SIGTERM', waitMs: 60_000 }],
      ...changes,
    } as const;
    running = new Supervised(spec, observer);
    running.start();
    return running;
  }

  const logged = () => readFileSync(join(folder, 'one.log'), 'utf8');

  async function pidThatLogged(text: string): Promise<number> {
    return eventually(() => {
      assert.match(logged(), new RegExp(text));
      assert.ok(running?.pid);
      return running.pid;
    });
  }

  it('leads a process group of its own, logs to its file, and is started again after its end', async () => {
    start(`console.log('here'); ${WAIT_FOREVER}`);
    const first = await pidThatLogged('here');
    assert.equal(live.size, 1);
    process.kill(first, 'SIGKILL');
    await eventually(() => assert.match(logged(), /here\nhere/));
    assert.notEqual(running?.pid, first);
    assert.deepEqual(
      ends.map(({ exit, next }) => [exit.signal, next]),
      [['SIGKILL', 'restart']],
    );
  });

  it('is not started again after a final end', async () => {
    const one = start('', { isFinal: ({ code }) => code === 0 });
    await eventually(() => assert.equal(one.over, true));
    assert.deepEqual(
      ends.map(({ next }) => next),
      ['final'],
    );
  });

  it('is stopped with SIGTERM when it listens to it, and with SIGKILL when it does not', async () => {
    const polite = start(`process.on('SIGTERM', () => process.exit(3)); console.log('here'); ${WAIT_FOREVER}`);
    await pidThatLogged('here');
    await polite.stop(PATIENT);
    assert.deepEqual(
      ends.map(({ exit, next }) => [exit.code, next]),
      [[3, 'stopped']],
    );

    const deaf = start(`process.on('SIGTERM', () => {}); console.log('deaf'); ${WAIT_FOREVER}`, {
      stopSteps: [{ signal: 'SIGTERM', waitMs: 50 }],
    });
    await pidThatLogged('deaf');
    await deaf.stop(PATIENT);
    assert.equal(ends[1]?.exit.signal, 'SIGKILL');
    assert.equal(live.size, 0);
  });

  it('is stopped at once by a hurry that comes in the middle of a stop', async () => {
    const deaf = start(`process.on('SIGTERM', () => console.log('asked')); console.log('here'); ${WAIT_FOREVER}`, {
      stopSteps: [{ signal: 'SIGTERM', waitMs: 600_000 }],
    });
    await pidThatLogged('here');
    const hurry = new AbortController();
    const stopped = deaf.stop(PATIENT);
    await eventually(() => assert.match(logged(), /asked/));
    void deaf.stop(hurry.signal);
    hurry.abort();
    await stopped;
    assert.equal(ends[0]?.exit.signal, 'SIGKILL');
  });

  it('takes an app of its own group with it when it is killed itself', async () => {
    const app = `require('node:child_process').spawn(process.execPath, ['-e', '${WAIT_FOREVER}'], { detached: true, stdio: 'ignore' });`;
    start(`${app} console.log('here'); ${WAIT_FOREVER}`, { hasOffspring: true, isFinal: () => true });
    const pid = await pidThatLogged('here');
    await eventually(() => assert.equal(live.size, 2));
    const offspring = [...live.values()].find((group) => group.pid !== pid);
    assert.deepEqual(childrenOf(pid), [offspring?.pid]);
    process.kill(pid, 'SIGKILL');
    await eventually(() => assert.equal(live.size, 0));
    await eventually(() => assert.equal(offspring && groupLives(offspring), false));
  });

  it('lets what it left behind finish while the next one runs already', async () => {
    const go = join(folder, 'go');
    const finish = `if (require('node:fs').existsSync('${go}')) { console.log('finished'); process.exit(); }`;
    const worker = `process.on('SIGQUIT', () => setInterval(() => { ${finish} }, 20)); console.log('works');`;
    const child = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(`${worker} ${WAIT_FOREVER}`)}], { stdio: 'inherit' });`;
    const one = start(`console.log('here'); ${child} ${WAIT_FOREVER}`, {
      leftBehind: { signal: 'SIGQUIT', waitMs: 60_000 },
    });
    const first = await pidThatLogged('works');
    process.kill(first, 'SIGKILL');
    await eventually(() => assert.match(logged(), /here\n(.*\n)*here/));
    assert.equal(live.size, 2);
    writeFileSync(go, '');
    await eventually(() => assert.match(logged(), /finished/));
    await eventually(() => assert.equal(live.size, 1));
    process.kill(one.pid ?? 0, 'SIGKILL');
    await eventually(() => assert.equal(ends.length, 2));
    await one.stop(AbortSignal.abort());
    assert.equal(live.size, 0, 'a stop in a hurry does not wait for it');
  });

  it('takes an app with it that it started in the very moment before it was killed', async function () {
    if (process.platform !== 'linux') this.skip();
    const app = `const app = require('node:child_process').spawn(process.execPath, ['-e', '${WAIT_FOREVER}'], { detached: true, stdio: 'ignore' });`;
    const one = start(`${app} console.log('app', app.pid); process.kill(process.pid, 'SIGKILL');`, {
      hasOffspring: true,
      isFinal: () => true,
    });
    await eventually(() => assert.equal(one.over, true));
    const pid = Number(/^app (\d+)/m.exec(logged())?.[1]);
    assert.ok(pid > 0);
    await eventually(() => assert.equal(identify(pid), null));
  });

  it('counts a failed preparation as an end, and a command that does not exist too', async () => {
    const failing = {
      task: 'prepare',
      command: [process.execPath, '-e', 'process.exit(4)'],
      env: process.env,
    } as const;
    const prepare = { ...failing, logFile: join(folder, 'one.log'), timeoutMs: 60_000 };
    const unprepared = start(WAIT_FOREVER, { prepare, isFinal: () => true });
    await eventually(() => assert.equal(unprepared.over, true));
    const missing = start('', { command: [join(folder, 'nothing')], isFinal: () => true });
    await eventually(() => assert.equal(missing.over, true));
    assert.deepEqual(
      [ends[0]?.exit.problem, /ENOENT/.test(ends[1]?.exit.problem ?? '')],
      ['cannot prepare: it ended with code 4', true],
    );
  });
});

describe('the identity of a process', () => {
  it('fits the very process only', () => {
    const own = identify(process.pid);
    assert.ok(own && isAlive(own));
    assert.equal(isAlive({ pid: own.pid, started: 'another time' }), false);
    assert.equal(groupLives({ pid: own.pid, started: 'another time' }), false);
    assert.equal(identify(0x3fffff), null);
  });
});
