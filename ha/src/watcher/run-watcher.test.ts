// No tests of its own: starts a watcher between a balancer and a registry that are both in memory.
import { strict as assert } from 'node:assert';
import {
  addressPolicy,
  createLogger,
  createWake,
  type MemberSet,
  memoryRegistry,
  type Registration,
} from '@muster/membership';
import { eventually } from '../../../test/support/eventually.js';
import type { ClusterEvent } from '../events/event.js';
import { SITE, STRUCTURE } from '../fixture.test.js';
import type { GuardState } from '../guard/guard.js';
import type { Structure } from '../render/structure.js';
import type { LastGood } from '../state/last-good.js';
import { createAcknowledger } from './acknowledger.js';
import { createEnactor } from './enact.js';
import { createHungCutter } from './hung.js';
import { createInputs } from './inputs.js';
import { MemoryBalancer } from './memory-balancer.test.js';
import { createPace } from './pace.js';
import { createReloadGate } from './reload-gate.js';
import { createStructureStore } from './structure-store.js';
import { createTeller } from './tell.js';
import { createWatcher } from './watcher.js';

const logger = createLogger('test', 'silent');

export interface RunOptions {
  readonly balancer?: MemoryBalancer;
  readonly registry?: ReturnType<typeof memoryRegistry>;
  readonly candidate?: Structure;
  readonly guards?: ReadonlyMap<string, GuardState>;
  readonly known?: ReadonlyMap<string, MemberSet>;
  readonly weights?: ReadonlyMap<string, number>;
  readonly hungAfterMs?: number;
}

export function newRegistry() {
  return memoryRegistry({ policy: addressPolicy(['10.0.0.0/8'], []) });
}

/** `web-7` lives on port 3007. */
export function registration(id: string, boot = 'b1'): Registration {
  const port = 3000 + Number(/\d+$/.exec(id)?.[0] ?? 0);
  return { service: 'webapp', id, address: '10.0.0.1', port, weight: 1, role: 'backend', boot, tags: {} };
}

/** A promise that the test settles. */
export function latch() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** All watchers of a test, ended by `stopAll`. */
const running = new Set<() => Promise<void>>();

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((stop) => stop()));
}

export function runWatcher(options: RunOptions = {}) {
  const { balancer = new MemoryBalancer(), registry = newRegistry() } = options;
  const { source, board: drainBoard, weights: weightBoard } = registry;
  const events: ClusterEvent[] = [];
  const saved: LastGood[] = [];
  const left: string[] = [];
  const publish = (event: ClusterEvent) => void events.push(event);
  const refused: string[] = [];
  const structures = createStructureStore({
    files: { templateDir: '/nowhere', settingsFile: null, env: {}, site: SITE },
    accepted: STRUCTURE,
    candidate: options.candidate ?? null,
    pollMs: null,
    onCandidate: () => {},
    onRefused: (reason) => void refused.push(reason),
  });
  const wake = createWake();
  const services = ['webapp'];
  const inputs = createInputs({
    ...{ services, source, drainBoard, weightBoard, drained: () => [], onChange: wake.call },
    weighed: () => options.weights ?? new Map(),
  });
  const pace = createPace();
  const gate = createReloadGate({ gapMs: 0, longestGapMs: 0, maxOldWorkers: 4 });
  const guards = options.guards ?? new Map<string, GuardState>();
  const teller = createTeller({
    publish,
    known: { sets: options.known ?? new Map(), weights: inputs.take().weights, guards },
    acknowledger: createAcknowledger({ drainBoard, balancer: 'lb-1', logger, onFailure: wake.call }),
    onLeft: (service, id) => void left.push(`${service}/${id}`),
  });
  const watcher = createWatcher({
    ...{ services, driver: balancer, inputs, structures, teller, pace, wake, guards },
    enactor: createEnactor({ driver: balancer, structures, gate, memberGate: gate, pace, publish, logger }),
    hung: createHungCutter({ driver: balancer, publish, afterMs: options.hungAfterMs ?? 60_000 }),
    save: (state) => void saved.push(state),
    limits: { share: 0.5, windowMs: 60_000 },
    rules: () => ({ stickyGraceMs: 0, deadlineMs: 60_000, lingerMs: 60_000 }),
  });
  const end = new AbortController();
  const ended = Promise.all([inputs.run(end.signal), watcher.run(end.signal)]);
  const stop = async () => {
    running.delete(stop);
    end.abort();
    await ended;
  };
  running.add(stop);
  const join = (id: string) => registry.registrar.join(registration(id), end.signal);
  return { balancer, registry, events, saved, left, refused, structures, inputs, watcher, wake, stop, join };
}

/** Until the last change that a member brings which is alone, in a pass of its own: its check is turned off. */
export async function settlesAlone({ applied }: MemoryBalancer): Promise<void> {
  await eventually(() => assert.equal(applied.at(-1), 'runtime: check web-1 off; reload: none'));
}

/** `member-join web-1`, `apply-failed -`, … */
export function words(events: readonly ClusterEvent[]): string[] {
  return events.map(({ type, member }) => `${type} ${member ?? '-'}`);
}
