import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { settingsFrom } from './agent.js';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

async function muster(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const node = [...process.execArgv, MAIN, ...args];
  return new Promise((resolve) => {
    const env = { ...process.env, MUSTER_API: 'http://127.0.0.1:26' };
    execFile(process.execPath, node, { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('muster', () => {
  it('ends with 1 and one line on stderr when it cannot do what was asked', async () => {
    const { code, stderr, stdout } = await muster('members');
    assert.deepEqual(
      { code, stdout, stderr },
      {
        code: 1,
        stdout: '',
        stderr: 'muster: no watcher answers on http://127.0.0.1:26: is `npm start` running? (--api, MUSTER_API)\n',
      },
    );
  });

  it('ends with 2 for a usage error and with 0 for its help', async () => {
    assert.equal((await muster('membres')).code, 2);
    assert.equal((await muster('events', '--last', 'many')).code, 2);
    assert.equal((await muster('up', '--scale', '101')).code, 2);
    assert.match((await muster('--help')).stdout, /^ {2}up .*^ {2}members .*^ {2}agent /ms);
  });

  it('refuses a scale that no cluster can have', async () => {
    assert.match((await muster('scale', '--', '-1')).stderr, /cannot scale to "-1": give a whole number from 0 to 100/);
  });
});

describe('muster agent', () => {
  it('turns its options into settings and leaves the others to the environment', () => {
    assert.deepEqual(settingsFrom({ probePath: '', port: '3001', id: 'web-1' }), {
      HEALTH_PATH: '',
      PORT: '3001',
      MEMBER_ID: 'web-1',
    });
  });
});
