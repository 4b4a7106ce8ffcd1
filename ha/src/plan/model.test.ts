// No tests of its own: what HAProxy makes of each step, for the property that a plan ends where it should.
import type { DesiredServer, RunningServer, RunningState } from './desired.js';
import type { Step } from './plan.js';

/** The running state after the steps, as the management manual describes each command. */
export function applyToModel(state: RunningState, steps: readonly Step[]): RunningState {
  return steps.reduce(applyStep, state);
}

function applyStep(state: RunningState, step: Step): RunningState {
  const servers = new Map(state.backends.get(step.backend));
  const name = 'server' in step ? step.server.name : step.name;
  const next = changed(servers.get(name), step);
  if (next) servers.set(name, next);
  else servers.delete(name);
  return { ...state, backends: new Map([...state.backends, [step.backend, servers]]) };
}

function changed(now: RunningServer | undefined, step: Step): RunningServer | null {
  if (step.kind === 'add') return now ? fail('add', now.name) : added(step.server);
  if (!now) return fail(step.kind, 'server' in step ? step.server.name : step.name);
  switch (step.kind) {
    case 'remove':
      return null;
    case 'weight':
      return { ...now, weight: step.weight };
    case 'check':
      return { ...now, checked: step.on };
    case 'address':
      // The commands of this step put the server into maintenance first.
      return { ...now, address: step.server.address, port: step.server.port, admin: 'maint' };
    default:
      return { ...now, admin: step.kind };
  }
}

function added({ name, serverId, address, port, weight, admin }: DesiredServer): RunningServer {
  return {
    name,
    serverId,
    address,
    port,
    admin,
    weight,
    health: 'unknown',
    checked: true,
    inFlight: null,
    answers: null,
  };
}

function fail(kind: string, name: string): never {
  throw new Error(`HAProxy would refuse ${kind} ${name}`);
}
