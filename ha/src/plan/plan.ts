import { type Endpoint, sameEndpoint } from '../endpoint.js';
import type { DesiredServer, DesiredState, RunningServer, RunningState } from './desired.js';

/** One change to the running balancer. */
export type Step =
  | { readonly kind: 'add'; readonly backend: string; readonly server: DesiredServer }
  | { readonly kind: 'address'; readonly backend: string; readonly server: DesiredServer; readonly from: Endpoint }
  | { readonly kind: 'weight'; readonly backend: string; readonly name: string; readonly weight: number }
  | { readonly kind: 'ready'; readonly backend: string; readonly name: string; readonly down: boolean }
  | { readonly kind: 'check'; readonly backend: string; readonly name: string; readonly on: boolean }
  | { readonly kind: 'mark'; readonly backend: string; readonly name: string; readonly down: boolean }
  | { readonly kind: 'drain'; readonly backend: string; readonly name: string }
  | { readonly kind: 'maint'; readonly backend: string; readonly name: string }
  | { readonly kind: 'remove'; readonly backend: string; readonly name: string; readonly admin: 'maint' | 'active' };

/** What it takes to get from the running state to the desired one. */
export interface Plan {
  readonly desired: DesiredState;
  readonly steps: readonly Step[];
  /** Why another structure must be loaded, or null: steps alone change members. */
  readonly reload: string | null;
}

/**
 * Compares what should run with what does. Where the structure differs there are no steps: the file that is then loaded
 * carries everything.
 */
export function makePlan(desired: DesiredState, running: RunningState, revision: string | null): Plan {
  // The revision covers the list of backends: one without servers does not show in the running state.
  if (running.revision !== revision) {
    return { desired, steps: [], reload: `structure ${running.revision ?? 'unknown'} → ${revision}` };
  }
  const steps = [...desired].flatMap(([backend, servers]) => {
    const now = running.backends.get(backend) ?? new Map<string, RunningServer>();
    const changed = [...servers.values()].flatMap((server) => serverSteps(backend, server, now.get(server.name)));
    const gone = [...now.values()].filter((server) => !servers.has(server.name));
    const replaced = (server: RunningServer) => [...servers.values()].some((one) => sameEndpoint(one, server));
    return [...changed, ...gone.flatMap((server) => removeSteps(backend, server, replaced(server)))];
  });
  return { desired, steps: steps.sort(byUrgency), reload: null };
}

/** Whether there is nothing to do. */
export function isEmpty(plan: Plan): boolean {
  return plan.steps.length === 0 && plan.reload === null;
}

/**
 * `runtime: add web-7, drain web-2; reload: none`, and of a balancer that changes by reloads `runtime: none; reload: add
 * web-7, drain web-2`. Backends are named only where there is more than one.
 */
export function describePlan(plan: Plan, changesBy: 'runtime' | 'reload' = 'runtime'): string {
  const many = plan.desired.size > 1;
  const steps = plan.steps.map((step) => describeStep(step, many)).join(', ') || 'none';
  if (changesBy === 'reload') return `runtime: none; reload: ${plan.reload ?? steps}`;
  return `runtime: ${steps}; reload: ${plan.reload ?? 'none'}`;
}

/** `add web-7`, `weight web-1 to 3`, … */
export function describeStep(step: Step, withBackend = false): string {
  const name = 'server' in step ? step.server.name : step.name;
  const server = withBackend ? `${step.backend}/${name}` : name;
  if (step.kind === 'check') return `check ${server} ${step.on ? 'on' : 'off'}`;
  if (step.kind === 'mark') return `mark ${server} ${step.down ? 'down' : 'up'}`;
  if (step.kind === 'weight') return `weight ${server} to ${step.weight}`;
  if (step.kind === 'address') return `address ${server} to ${step.server.address}:${step.server.port}`;
  return `${step.kind} ${server}`;
}

function serverSteps(backend: string, want: DesiredServer, now: RunningServer | undefined): Step[] {
  const { name } = want;
  if (!now) return [{ kind: 'add', backend, server: want }];
  const steps: Step[] = [];
  const moved = !sameEndpoint(now, want);
  if (moved) steps.push({ kind: 'address', backend, server: want, from: { address: now.address, port: now.port } });
  // A moved server was put into maintenance by the step before: its state must be set again.
  if (moved || now.admin !== want.admin) steps.push(stateStep(backend, want));
  if (now.checked !== null && now.checked !== want.checked)
    steps.push({ kind: 'check', backend, name, on: want.checked });
  if (now.markedDown !== null && now.markedDown !== want.down)
    steps.push({ kind: 'mark', backend, name, down: want.down });
  if (now.weight !== want.weight) steps.push({ kind: 'weight', backend, name, weight: want.weight });
  return steps;
}

function stateStep(backend: string, want: DesiredServer): Step {
  if (want.admin === 'ready') return { kind: 'ready', backend, name: want.name, down: want.down };
  return { kind: want.admin, backend, name: want.name };
}

/** One whose address another server has now is closed before that one is added: its requests would go to the other. */
function removeSteps(backend: string, { name, admin }: RunningServer, replaced: boolean): Step[] {
  if (admin === 'maint') return [{ kind: 'remove', backend, name, admin }];
  if (!replaced) return [{ kind: 'remove', backend, name, admin: 'active' }];
  return [
    { kind: 'maint', backend, name },
    { kind: 'remove', backend, name, admin: 'maint' },
  ];
}

const URGENCY: Record<Step['kind'], number> = {
  // Leaves the server in maintenance: its state follows.
  address: 0,
  drain: 1,
  maint: 2,
  add: 3,
  mark: 4,
  ready: 4,
  weight: 5,
  // After what turns checks on by the way.
  check: 6,
  remove: 7,
};

/** Drains first (a member waits for its acknowledgement), removals last; stable within a kind. */
function byUrgency(a: Step, b: Step): number {
  return URGENCY[a.kind] - URGENCY[b.kind];
}
