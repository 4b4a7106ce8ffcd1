import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { findLeakedProcesses } from './leaks.js';
import { RunningProcess } from './processes.js';

/** Starts its children again, each in a group of its own, as soon as they are gone. */
const SUPERVISOR = `
const { spawn } = require('node:child_process');
const start = () => spawn('sleep', ['86401'], { detached: true, stdio: 'ignore' }).once('exit', start);
for (let i = 0; i < 40; i += 1) start();
`;

describe('a running process of the tests', () => {
  it('is killed with all that it started, also while it starts that again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'muster-processes-'));
    try {
      for (let round = 0; round < 3; round += 1) {
        const logFile = join(dir, 'log');
        const supervisor = {
          name: 'supervisor',
          command: process.execPath,
          args: ['-e', SUPERVISOR],
          env: {},
          logFile,
        };
        const running = new RunningProcess(supervisor);
        await eventually(() => assert.equal(running.children().length, 40));
        await running.kill();
        const left = findLeakedProcesses().filter(({ command }) => command.includes('sleep 86401'));
        assert.deepEqual(left, []);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
