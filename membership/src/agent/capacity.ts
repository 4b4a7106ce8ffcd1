/** What one probe tells of how the app copes. What the app does not say is absent. */
export interface Signals {
  /** How long the app took to answer the probe, ms. */
  readonly probeMs: number;
  /** Recent latency of its requests, ms (`app` of `Server-Timing`). */
  readonly appMs?: number | undefined;
  /** Lag of its event loop, ms (`loop`). */
  readonly loopMs?: number | undefined;
  /** Its CPU time in percent of one core (`cpu`). */
  readonly cpuPercent?: number | undefined;
}

/** Where the judgement stands after a probe. */
export interface CapacityState {
  /** What is told: percent of the member's share, 10–100. */
  readonly capacity: number;
  /** The damped view behind it. */
  readonly smooth: number;
  /** What the probe before called for. */
  readonly wanted: number;
  readonly probedMs: number | null;
  readonly changedMs: number | null;
}

export const FULL_CAPACITY: CapacityState = {
  capacity: 100,
  smooth: 100,
  wanted: 100,
  probedMs: null,
  changedMs: null,
};

/** Below this a member would hardly get the requests that show that it copes again. */
export const LEAST_CAPACITY = 10;

/** Smallest time between two changes, ms: each is a write to the registry, and a reload on some balancers. */
export const CHANGE_GAP_MS = 2_000;

/** Smallest change that is told. */
const STEP = 10;

/** From here on the damped view counts as 100; above 100 - STEP, so that a view that stays between them changes nothing. */
const RECOVERED = 95;

/** Time constants of the damping, ms: an overload is felt at once, a recovery has to last. */
const FALL_MS = 700;
const RISE_MS = 2_000;

/** One core this busy leaves no room; at 100 percent the app is twice as loaded as it should be. */
const BUSY_PERCENT = 80;

/**
 * The capacity that the signals call for by themselves, in percent: the share of the load that would bring the worst of them
 * back to `targetMs`, taking latency to be proportional to load.
 */
export function wantedCapacity(signals: Signals, targetMs: number): number {
  const { probeMs, appMs = 0, loopMs = 0, cpuPercent = 0 } = signals;
  const busy = 1 + (cpuPercent - BUSY_PERCENT) / (100 - BUSY_PERCENT);
  const load = Math.max(1, probeMs / targetMs, appMs / targetMs, loopMs / targetMs, busy);
  return Math.max(LEAST_CAPACITY, 100 / load);
}

/**
 * The state after one more probe at `nowMs`. A single bad probe counts for nothing (a pause of the machine, one collected
 * heap): two in a row do. Falls faster than it rises, and tells changes of `STEP` or back to 100 only, at most one per
 * `CHANGE_GAP_MS`, so that signals that stay as they are lead to a capacity that does.
 */
export function stepCapacity(was: CapacityState, signals: Signals, nowMs: number, targetMs: number): CapacityState {
  const wanted = wantedCapacity(signals, targetMs);
  const confirmed = Math.max(wanted, was.wanted);
  const elapsedMs = was.probedMs === null ? 0 : Math.max(0, nowMs - was.probedMs);
  const constantMs = confirmed < was.smooth ? FALL_MS : RISE_MS;
  const smooth = was.smooth + (1 - Math.exp(-elapsedMs / constantMs)) * (confirmed - was.smooth);
  const next = { ...was, smooth, wanted, probedMs: nowMs };
  const capacity = tellable(was.capacity, smooth);
  const tooSoon = was.changedMs !== null && nowMs - was.changedMs < CHANGE_GAP_MS;
  return capacity === was.capacity || tooSoon ? next : { ...next, capacity, changedMs: nowMs };
}

function tellable(told: number, smooth: number): number {
  const rounded = smooth >= RECOVERED ? 100 : Math.max(LEAST_CAPACITY, Math.round(smooth));
  return rounded === 100 || Math.abs(rounded - told) >= STEP ? rounded : told;
}
