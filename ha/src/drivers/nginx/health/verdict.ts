import { type HealthRule, judgeResult, NO_VERDICT, type ProbeVerdict } from '@muster/membership';
import type { Health } from '../../../plan/desired.js';
import type { CheckRule } from '../running-state.js';
import type { CheckResult } from './check-server.js';

/** What the checks say of one server. */
export interface CheckedHealth {
  readonly health: Health;
  /** Whether its last check got some answer, be it a bad one. */
  readonly answers: boolean;
}

/** The verdict on one server, and how it came about. */
export interface ServerVerdict extends ProbeVerdict {
  readonly answers: boolean;
}

/** Two failures in a row take a server out, as HAProxy's `fall 2` does; one success takes it back. */
const RULE: HealthRule = { rise: 1, fall: 2 };

const HEALTH = { unknown: 'unknown', healthy: 'up', unhealthy: 'down' } as const;

/** Before the first check: `down` is what the config that runs says of the server. */
export function firstVerdict(down: boolean): ServerVerdict {
  return { ...NO_VERDICT, health: down ? 'unhealthy' : 'unknown', answers: true };
}

/** The verdict after one more check; one that was unclear changes nothing. */
export function judgeCheck(was: ServerVerdict, result: CheckResult): ServerVerdict {
  if (result === 'unclear') return was;
  return { ...judgeResult(was, result === 'passes', RULE), answers: result !== 'silent' };
}

/** The verdict in the balancer's words. */
export function checkedHealth({ health, answers }: ServerVerdict): CheckedHealth {
  return { health: HEALTH[health], answers };
}

/** From the end of one check to the start of the next: close together after the first failure. */
export function pauseMs({ health, lastPassed, row }: ServerVerdict, rule: CheckRule): number {
  if (health === 'unhealthy') return rule.downMs;
  return !lastPassed && row > 0 ? rule.fastMs : rule.intervalMs;
}
