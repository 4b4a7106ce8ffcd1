import { monotonicMs, sleep } from '../clock.js';

export type AppHealth = 'unknown' | 'healthy' | 'unhealthy';

/** Results in a row that it takes to change the verdict. */
export interface HealthRule {
  readonly rise: number;
  readonly fall: number;
}

/** A verdict, and how many results in a row were like the last one. */
export interface ProbeVerdict {
  readonly health: AppHealth;
  readonly lastPassed: boolean;
  readonly row: number;
}

/** Before the first result. */
export const NO_VERDICT: ProbeVerdict = { health: 'unknown', lastPassed: false, row: 0 };

/** The verdict after one more result (HAProxy's `rise` and `fall`). */
export function judgeResult(was: ProbeVerdict, passed: boolean, rule: HealthRule): ProbeVerdict {
  const row = passed === was.lastPassed ? was.row + 1 : 1;
  const decided = row >= (passed ? rule.rise : rule.fall);
  return { health: decided ? (passed ? 'healthy' : 'unhealthy') : was.health, lastPassed: passed, row };
}

export interface WatchHealthOptions extends HealthRule {
  /** One attempt, bounded by its own time-out: null = passed, else the reason. */
  readonly attempt: (signal: AbortSignal) => Promise<string | null>;
  /** From the start of one attempt to the start of the next; longer when an attempt takes longer. */
  readonly intervalMs: number;
  /** The same, until the app is healthy for the first time: a new member need not wait for a whole interval. */
  readonly startIntervalMs: number;
  /** On each change of the verdict; `reason` is empty when healthy. */
  readonly onChange: (health: 'healthy' | 'unhealthy', reason: string) => void;
}

/** Probes until `signal` aborts; attempts never overlap. */
export async function watchHealth(options: WatchHealthOptions, signal: AbortSignal): Promise<void> {
  let verdict = NO_VERDICT;
  let intervalMs = options.startIntervalMs;
  while (!signal.aborted) {
    const startedMs = monotonicMs();
    const reason = await options.attempt(signal);
    if (signal.aborted) return;
    const next = judgeResult(verdict, reason === null, options);
    if (next.health === 'healthy') intervalMs = options.intervalMs;
    if (next.health !== 'unknown' && next.health !== verdict.health) options.onChange(next.health, reason ?? '');
    verdict = next;
    await sleep(Math.max(MIN_GAP_MS, intervalMs - (monotonicMs() - startedMs)), signal);
  }
}

/** Smallest pause between two attempts, so that a slow app is not asked without end. */
const MIN_GAP_MS = 10;
