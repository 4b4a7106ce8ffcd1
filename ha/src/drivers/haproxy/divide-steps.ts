import { sameEndpoint } from '../../endpoint.js';
import type { DesiredState } from '../../plan/desired.js';
import type { Plan, Step } from '../../plan/plan.js';
import type { Structure } from '../../render/structure.js';

/** What commands can carry out now, all steps of the servers that they cannot move, and why those take a reload, or null. */
export interface DividedSteps {
  readonly now: readonly Step[];
  readonly later: readonly Step[];
  readonly needsReload: string | null;
}

type Move = Extract<Step, { kind: 'address' }>;

/**
 * With `ROUTING=local-first` a server that moves to LOCAL_ADDRESS, or away from it, becomes another kind: no command turns
 * a `backup` on or off. It stays as it is until a reload, and nobody else waits for that. Only where another server has
 * its old address by now it is closed: requests would go there by two names, and by one of them past a drain.
 */
export function divideSteps({ desired, steps }: Plan, structure: Structure): DividedSteps {
  const moves = steps.filter((step): step is Move => step.kind === 'address' && changesKind(step, structure));
  const moved = new Set(moves.map(serverOf));
  const closed = moves.filter((move) => isTaken(move, desired));
  const names = [...moved].sort().join(', ');
  return {
    now: [
      ...closed.map(({ backend, server }): Step => ({ kind: 'maint', backend, name: server.name })),
      ...steps.filter((step) => !moved.has(serverOf(step))),
    ],
    later: steps.filter((step) => moved.has(serverOf(step))),
    needsReload: moved.size === 0 ? null : `${names} moved to or from LOCAL_ADDRESS (ROUTING=local-first)`,
  };
}

function changesKind({ server, from }: Move, { comesFirst }: Structure): boolean {
  return comesFirst(server) !== comesFirst({ ...server, ...from });
}

function isTaken({ backend, from }: Move, desired: DesiredState): boolean {
  return [...(desired.get(backend)?.values() ?? [])].some((one) => sameEndpoint(one, from));
}

function serverOf(step: Step): string {
  return `${step.backend}/${'server' in step ? step.server.name : step.name}`;
}
