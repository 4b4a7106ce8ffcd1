// No tests of its own: an agent on a registry in memory, and a balancer beside it.
import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { eventually } from '../../../test/support/eventually.js';
import { memoryRegistry } from '../memory/registry.js';
import { Agent } from './agent.js';
import { anyAddress, followBalancers } from './balancers.js';
import type { DrainOptions } from './drain.js';
import { follow } from './follow.js';
import type { Running } from './leave.js';

export const SELF = {
  service: 'webapp',
  id: 'web-1',
  address: '10.0.0.1',
  port: 3000,
  weight: 1,
  role: 'backend',
  boot: 'b1',
  tags: {},
} as const;
export const BALANCER = {
  ...SELF,
  service: 'muster-balancer',
  id: 'lb-1',
  address: '127.0.0.1',
  port: 7380,
  boot: 'x',
};
const DEBUG = pino.levels.values.debug;
export const FOREVER = new AbortController().signal;

/**
 * An agent on a registry in memory, with the log lines that it wrote. Without a time-out for its drain: one that no test
 * reaches.
 */
export function setUp(drainTimeoutMs = 60_000) {
  const registry = memoryRegistry({ policy: anyAddress });
  const lines: { msg: string; [field: string]: unknown }[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const { registrar, board, source } = registry;
  const agent = new Agent({ self: SELF, registrar, heartbeatMs: 20, callDeadlineMs: 100, log });
  const stop = new AbortController();
  const looping = agent.run(stop.signal);
  const options: DrainOptions = {
    agent,
    self: SELF,
    registrar,
    board,
    balancers: followBalancers(source, stop.signal, () => {}),
    drainTimeoutMs,
    callDeadlineMs: 100,
    log,
  };
  const running: Running = {
    ...options,
    intents: follow(
      () => board.watchIntents(SELF.service, stop.signal),
      stop.signal,
      () => {},
    ),
    stop: async () => {
      stop.abort();
      await looping;
    },
  };
  const status = () => registry.store.members.get('webapp/web-1')?.fields.status;
  const messages = () => lines.filter((line) => line.level !== DEBUG).map((line) => line.msg);
  return { agent, registry, running, lines, status, messages };
}

export type Setup = ReturnType<typeof setUp>;

export const seen = (setup: Setup, status: string | undefined) =>
  eventually(() => assert.equal(setup.status(), status));

export async function joined(setup: Setup): Promise<void> {
  setup.agent.report('app-healthy');
  await seen(setup, 'alive');
}

export async function withBalancer({ registry, running }: Setup): Promise<void> {
  await registry.registrar.join(BALANCER, FOREVER);
  await eventually(() => assert.equal(running.balancers.value?.members.size, 1));
}

export const drained = (balancer: string) => ({ balancer, state: 'drained', inFlight: 0 }) as const;
