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

describe('an instance agent', () => {
  it('completes the hook at the deadline, though a member is back that does not leave', async () => {
    const { store, source, board } = memoryRegistry({ policy: anyAddress });
    const back = { id: 'w1', address: '10.0.0.7', port: 18_081, weight: 1, role: 'backend', status: 'alive' };
    let isCompleted = false;
    const lifecycle: Lifecycle = {
      heartbeatMs: async () => 10_000,
      heartbeat: async () => true,
      end: async () => true,
      async complete() {
        const isBack = store.intents.size > 0;
        isCompleted = isBack;
        if (isBack) return 'completed';
        store.put('webapp', 'w1', { ...back, boot: 'b2', tags: {} });
        return 'not-yet';
      },
    };
    const asked = new AbortController();
    const ended = runInstanceAgent(
      {
        ...{ imds: terminated, pollMs: 10, lifecycle, leaveTimeoutMs: 2_000, log: pino({ level: 'silent' }) },
        ...{ source, board, services: ['webapp'], address: '10.0.0.7', callDeadlineMs: 100, settleMs: 0 },
      },
      asked.signal,
    );
    try {
      await eventually(() => assert.ok(isCompleted));
    } finally {
      asked.abort();
      await ended;
    }
  });

  it('ends soon after it is asked to stop, though AWS does not take the completion of the hook', async () => {
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
