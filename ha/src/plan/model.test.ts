// No tests of its own: what a balancer makes of each step, for the property that a plan ends where it should.
import type { DesiredServer, RunningServer, RunningState } from './desired.js';
import type { Step } from './plan.js';

/**
 * The running state after the steps, as HAProxy's management manual describes each command. `marks`: a balancer that is told
 * what its health checks found, such as NGINX.
 */
export function applyToModel(state: RunningState, steps: readonly Step[], marks = false): RunningState {
  return steps.reduce((now, step) => applyStep(now, step, marks), state);
}

function applyStep(state: RunningState, step: Step, marks: boolean): RunningState {
  const servers = new Map(state.backends.get(step.backend));
  const name = 'server' in step ? step.server.name : step.name;
  const next = changed(servers.get(name), step, marks);
  if (next) servers.set(name, next);
  else servers.delete(name);
  return { ...state, backends: new Map([...state.backends, [step.backend, servers]]) };
}

function changed(now: RunningServer | undefined, step: Step, marks: boolean): RunningServer | null {
  if (step.kind === 'add') return now ? fail('add', now.name) : added(step.server, marks);
  if (!now) return fail(step.kind, 'server' in step ? step.server.name : step.name);
  switch (step.kind) {
    case 'remove':
      return null;
    case 'weight':
      return { ...now, weight: step.weight };
    case 'mark':
      return { ...now, markedDown: step.down };
    case 'check':
      return { ...now, checked: step.on };
    case 'address':
      // The commands of this step put the server into maintenance first.
      return { ...now, address: step.server.address, port: step.server.port, admin: 'maint' };
    default:
      return { ...now, admin: step.kind };
  }
}

function added(server: DesiredServer, marks: boolean): RunningServer {
  const { name, serverId, address, port, weight, admin, down } = server;
  return {
    name,
    serverId,
    address,
    port,
    admin,
    weight,
    health: 'unknown',
    checked: true,
    markedDown: marks ? down : null,
    inFlight: null,
    answers: null,
  };
}

function fail(kind: string, name: string): never {
  throw new Error(`HAProxy would refuse ${kind} ${name}`);
}
