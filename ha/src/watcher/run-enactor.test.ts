// No tests of its own: an enactor between a balancer in memory and a store of structures.
import { createLogger } from '@muster/membership';
import type { ClusterEvent } from '../events/event.js';
import { byName, desiredServer, SITE, STRUCTURE } from '../fixture.test.js';
import type { DesiredState } from '../plan/desired.js';
import type { Structure } from '../render/structure.js';
import { createEnactor } from './enact.js';
import { MemoryBalancer } from './memory-balancer.test.js';
import { createPace } from './pace.js';
import { createReloadGate, MEMBER_RELOADS, type ReloadGate } from './reload-gate.js';
import { createStructureStore, type StructureStore } from './structure-store.js';

const NEVER = new AbortController().signal;

/** These servers, ready, in one backend. */
export function desired(...names: readonly string[]): DesiredState {
  return new Map([['webapp', byName(names.map((name, at) => desiredServer(name, { serverId: 10_001 + at })))]]);
}

/** The first of them, draining. */
export function drained(name: string): DesiredState {
  return new Map([['webapp', byName([desiredServer(name, { admin: 'drain', serverId: 10_001 })])]]);
}

function storeOf(candidate: Structure | null, onRefused: (reason: string) => void) {
  const files = { templateDir: '/nowhere', settingsFile: null, env: {}, site: SITE };
  const base = { files, accepted: STRUCTURE, pollMs: null, onCandidate: () => {}, onRefused };
  return createStructureStore({ ...base, candidate });
}

interface EnactorTest {
  readonly candidate?: Structure;
  readonly gapMs?: number;
  readonly memberGate?: ReloadGate;
  readonly onSoon?: (ms: number) => void;
}

/** An enactor over a balancer in memory. */
export function enactor(options: EnactorTest = {}) {
  const balancer = new MemoryBalancer();
  const refused: string[] = [];
  const structures: StructureStore = storeOf(options.candidate ?? null, (reason) => void refused.push(reason));
  const gate = createReloadGate({ gapMs: options.gapMs ?? 0, longestGapMs: 10_000, maxOldWorkers: 4 });
  const events: ClusterEvent[] = [];
  const made = createEnactor({
    memberGate: options.memberGate ?? createReloadGate({ ...MEMBER_RELOADS, gapMs: 0 }),
    ...{ driver: balancer, structures, gate, pace: { ...createPace(), soon: options.onSoon ?? (() => {}) } },
    publish: (event) => void events.push(event),
    logger: createLogger('test', 'silent'),
  });
  const enact = async (want: DesiredState, inFlight = true) => {
    const running = await balancer.read({ inFlight });
    const plan = made.plan(want, running);
    return { plan, ...(await made.enact(plan, running, NEVER)) };
  };
  return { balancer, enact, events, gate, refused, structures };
}
