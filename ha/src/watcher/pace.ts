import { backoff, monotonicMs, sleep, type Wake } from '@muster/membership';

/** How often to look when nothing calls: often enough to find a hung server in time, seldom enough to cost nothing. */
const LOOK_MS = 150;
/** While a member waits for its acknowledgement: at first close together, because an idle member is drained at once. */
const DRAIN_LOOK_MS = 8;
const LONG_DRAIN_LOOK_MS = 40;
const LONG_DRAIN_MS = 250;
/** Smallest gap after a pass that changed something: what comes within it is applied together. */
const COALESCE_MS = 5;
const STATISTICS_MS = 1_000;
/** Changes without a pause do not put off statistics, and with them acknowledgements, for longer than this. */
const LONGEST_HURRY_MS = 50;

/** When the next pass comes: at once for the first change, then merged; close together while draining; backed off after faults. */
export interface Pace {
  /** A pass changed something. */
  changed(): void;
  succeeded(): void;
  failed(): void;
  /** The next pass should come after `ms` at the latest. */
  soon(ms: number): void;
  /** Whether a change called for this pass: what can wait then waits, for the member that is on its way. */
  readonly hurried: boolean;
  /** Whether this pass should read statistics even if nothing needs them: for the view. */
  dueForStatistics(nowMs: number): boolean;
  /** Waits for a call or for the time of the next look, but never less than the smallest gap. `drainingMs` is the age of the youngest open drain. */
  rest(wake: Wake, drainingMs: number | null, signal: AbortSignal): Promise<void>;
}

export function createPace(): Pace {
  const faults = backoff(50, 2_000);
  let changedMs = Number.NEGATIVE_INFINITY;
  let statisticsMs = Number.NEGATIVE_INFINITY;
  let soonMs = LOOK_MS;
  let faulty = false;
  let hurriedSinceMs: number | null = null;

  return {
    changed() {
      changedMs = monotonicMs();
    },
    succeeded() {
      faulty = false;
      faults.reset();
    },
    failed() {
      faulty = true;
    },
    soon(ms) {
      soonMs = ms;
    },
    get hurried() {
      return hurriedSinceMs !== null && monotonicMs() - hurriedSinceMs < LONGEST_HURRY_MS;
    },
    dueForStatistics(nowMs) {
      if (nowMs - statisticsMs < STATISTICS_MS) return false;
      statisticsMs = nowMs;
      return true;
    },
    async rest(wake, drainingMs, signal) {
      const lookMs = Math.min(soonMs, drainLookMs(drainingMs));
      soonMs = LOOK_MS;
      // After a fault a change must not turn the back-off into a busy loop.
      if (faulty) return sleep(faults.next(), signal);
      const called = await wake.wait(lookMs, signal);
      hurriedSinceMs = called ? (hurriedSinceMs ?? monotonicMs()) : null;
      const gapMs = changedMs + COALESCE_MS - monotonicMs();
      if (gapMs > 0) await sleep(gapMs, signal);
    },
  };
}

function drainLookMs(drainingMs: number | null): number {
  if (drainingMs === null) return LOOK_MS;
  return drainingMs < LONG_DRAIN_MS ? DRAIN_LOOK_MS : LONG_DRAIN_LOOK_MS;
}
