import type { AdminState, RunningServer } from '../plan/desired.js';

/** Why a member drains: it announced its leave, somebody deregistered it, or an operator asked. */
export type DrainCause = 'announced' | 'deregistered' | 'intent';

/** One member that should drain, as this pass sees it. */
export interface DrainRequest {
  readonly backend: string;
  readonly id: string;
  readonly boot: string;
  readonly cause: DrainCause;
  /** Null when the balancer does not run it (any more). */
  readonly server: RunningServer | null;
}

/** How far one drain has come. */
export interface Drain extends DrainRequest {
  readonly startedMs: number;
  /** When its present cause came up: the deadline counts from then. */
  readonly causedMs: number;
  /** When it was drained, or null. Never taken back within one boot. */
  readonly drainedMs: number | null;
  /** Looks in a row that found nothing in flight. */
  readonly idleLooks: number;
  /** What the server should be now: `gone` lets the plan remove it. */
  readonly wanted: Exclude<AdminState, 'ready'> | 'gone';
}

export interface DrainRules {
  /** How long sticky clients may go on; 0 without a cookie. Afterwards the server is put into maintenance, because a cookie defeats drain. */
  readonly stickyGraceMs: number;
  /** After this a drain counts as done whatever is in flight: the agent's own budget ends then too. */
  readonly deadlineMs: number;
  /** How long a drained member that announced its leave may stay listed before its server is removed all the same. */
  readonly lingerMs: number;
}

/** Zero in flight must be seen this often: a request may be between its routing decision and its count. */
const IDLE_LOOKS = 2;

/**
 * Moves every drain one step. A drain is a state, not a sleep: drain → (sticky grace → maint) → nothing in flight, seen
 * twice, in every worker → drained → gone. `oldWorkerConnections` counts because a leaving worker routes by a frozen
 * list and may still send a request to the member.
 */
export function stepDrains(
  previous: ReadonlyMap<string, Drain>,
  requests: readonly DrainRequest[],
  oldWorkerConnections: number | null,
  nowMs: number,
  rules: DrainRules,
): Map<string, Drain> {
  return new Map(
    requests.map((request) => {
      const key = drainKey(request);
      const old = previous.get(key);
      const same = old !== undefined && old.boot === request.boot;
      return [key, stepDrain(same ? old : null, request, oldWorkerConnections, nowMs, rules)];
    }),
  );
}

/** Key of a drain: one per backend and member. */
export function drainKey({ backend, id }: { backend: string; id: string }): string {
  return `${backend}/${id}`;
}

function stepDrain(
  old: Drain | null,
  request: DrainRequest,
  oldWorkerConnections: number | null,
  nowMs: number,
  rules: DrainRules,
): Drain {
  const startedMs = old?.startedMs ?? nowMs;
  const causedMs = old?.cause === request.cause ? old.causedMs : nowMs;
  // In maintenance before we knew of the drain: an earlier watcher has given the grace, and may have acknowledged.
  const graceGiven = old === null ? request.server?.admin === 'maint' : old.wanted !== 'drain';
  const graceOver = rules.stickyGraceMs > 0 && (graceGiven || nowMs - startedMs >= rules.stickyGraceMs);
  const wanted = rules.stickyGraceMs === 0 || !graceOver ? 'drain' : 'maint';
  const idle = isIdle(request.server, rules.stickyGraceMs === 0 ? 'drain' : 'maint', oldWorkerConnections);
  const looks = old?.idleLooks ?? 0;
  const idleLooks = idle === null ? looks : idle ? looks + 1 : 0;
  const late = nowMs - causedMs >= rules.deadlineMs;
  const drainedMs = old?.drainedMs ?? (idleLooks >= IDLE_LOOKS || (late && request.cause !== 'intent') ? nowMs : null);
  const over =
    drainedMs !== null &&
    request.cause !== 'intent' &&
    nowMs - drainedMs >= (request.cause === 'announced' ? rules.lingerMs : 0);
  return { ...request, startedMs, causedMs, idleLooks, drainedMs, wanted: over ? 'gone' : wanted };
}

/** Whether the running server takes no new request and has none; null when nobody counted. One that is not there has none. */
function isIdle(
  server: RunningServer | null,
  needs: 'drain' | 'maint',
  oldWorkerConnections: number | null,
): boolean | null {
  if (oldWorkerConnections === null) return null;
  if (oldWorkerConnections > 0) return false;
  if (server === null) return true;
  if (server.inFlight === null) return null;
  const closed = server.admin === 'maint' || (needs === 'drain' && server.admin === 'drain');
  return closed && server.inFlight === 0;
}
