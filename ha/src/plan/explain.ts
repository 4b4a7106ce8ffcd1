import { type Drain, type DrainCause, drainKey } from '../drain/drain-tracker.js';
import { describeStep, type Plan, type Step } from './plan.js';

const CAUSES: Record<DrainCause, string> = {
  announced: 'it announced its leave',
  deregistered: 'its entry was removed from the registry',
  intent: 'an operator asked',
};

const REASONS: Record<Exclude<Step['kind'], 'drain'>, string> = {
  add: 'it is a member and the balancer does not run it',
  address: 'its address changed',
  ready: 'it may take requests again',
  mark: 'its health check has changed its mind',
  check: 'only the last one in service goes without its check',
  weight: 'an operator, or the view that members have of themselves, changed what it should get',
  maint: 'the grace of its sticky clients is over, or another member has its address',
  remove: 'it is no longer a member',
};

/** One line per step: what would be done and why, such as `drain web-2: it announced its leave`. */
export function explainSteps({ steps, desired }: Plan, drains: ReadonlyMap<string, Drain>): string[] {
  return steps.map((step) => `${describeStep(step, desired.size > 1)}: ${reason(step, drains)}`);
}

function reason(step: Step, drains: ReadonlyMap<string, Drain>): string {
  if (step.kind !== 'drain') return REASONS[step.kind];
  const drain = drains.get(drainKey({ backend: step.backend, id: step.name }));
  return drain ? CAUSES[drain.cause] : 'it leaves';
}
