import { strict as assert } from 'node:assert';
import { eventually } from '../../../test/support/eventually.js';
import { startApp } from './app-process.js';

const node = (script: string) => [process.execPath, '-e', script];

describe('the app of wrapper mode', () => {
  it('ends with the code of the app', async () => {
    const app = startApp(node('process.exit(7)'), process.env);
    assert.deepEqual(await app.exited, { code: 7, reason: 'app exited with code 7' });
  });

  it('ends with 128 + n after signal n', async () => {
    const app = startApp(node('setInterval(() => {}, 1000)'), process.env);
    process.kill(app.pid ?? 0, 'SIGKILL');
    assert.deepEqual(await app.exited, { code: 137, reason: 'app exited by SIGKILL' });
  });

  it('ends with 127 when there is no such command', async () => {
    const { code, reason } = await startApp(['/nowhere/app'], process.env).exited;
    assert.equal(code, 127);
    assert.match(reason, /ENOENT/);
  });

  it('gets arguments unchanged by any shell', async () => {
    const app = startApp([...node('process.exit(process.argv[1] === "$HOME; *" ? 0 : 1)'), '$HOME; *'], process.env);
    assert.equal((await app.exited).code, 0);
  });

  it('is killed when it does not stop in time, with what it started', async () => {
    const script = `
      process.on('SIGTERM', () => {});
      process.title = 'stubborn';
      require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
      setInterval(() => {}, 1000);`;
    const app = startApp(node(script), process.env);
    assert.equal((await app.stop(50)).code === 0, false);
    await eventually(() => assert.throws(() => process.kill(-(app.pid ?? 0), 0), /ESRCH/));
  });

  it('may be stopped after it has exited', async () => {
    const app = startApp(node(''), process.env);
    await app.exited;
    assert.equal((await app.stop(50)).code, 0);
  });
});
