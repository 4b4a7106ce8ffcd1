import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { eventually } from '../../../test/support/eventually.js';
import { anyAddress } from '../agent/balancers.js';
import { memoryRegistry } from '../memory/registry.js';
import type { Imds } from './imds.js';
import { runInstanceAgent } from './instance-agent.js';
import type { Lifecycle } from './lifecycle.js';
import { NOTICE_PATHS } from './notice.js';

const terminated: Imds = {
  get: async (path) => (path === NOTICE_PATHS.lifecycle ? { kind: 'item', text: 'Terminated' } : { kind: 'absent' }),
};

describe('an instance agent that is asked to stop', () => {
  it('ends soon, though AWS does not take the completion of the hook', async function () {
    this.timeout(15_000);
    let tries = 0;
    const lifecycle: Lifecycle = {
      heartbeatMs: async () => 10_000,
      heartbeat: async () => true,
      end: async () => true,
      async complete() {
        tries += 1;
        throw new Error('no credentials');
      },
    };
    const { source, board } = memoryRegistry({ policy: anyAddress });
    const asked = new AbortController();
    const ended = runInstanceAgent(
      {
        ...{ imds: terminated, pollMs: 10, lifecycle, leaveTimeoutMs: 60_000, log: pino({ level: 'silent' }) },
        ...{ source, board, services: ['webapp'], address: '10.0.0.7', callDeadlineMs: 100, settleMs: 0 },
      },
      asked.signal,
    );
    await eventually(() => assert.ok(tries > 0));
    asked.abort();
    await ended;
  });
});
