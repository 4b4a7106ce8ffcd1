import { type Drain, drainKey } from '../drain/drain-tracker.js';
import type { GuardState, Verdict } from '../guard/guard.js';
import type { AdminState, DesiredServer, DesiredState, RunningServer } from './desired.js';
import { lastInService } from './last-in-service.js';
import { assignServerIds } from './server-id.js';
import { serverWeights } from './weights.js';

/** One service's input to the desired state. */
export interface ServiceInput {
  readonly backend: string;
  readonly guarded: GuardState;
  readonly running: ReadonlyMap<string, RunningServer>;
  /** By member id: what an operator set in the place of the member's own. */
  readonly weights: ReadonlyMap<string, number>;
}

/**
 * The servers that should run: who is served by the guard's verdict, in which state by its drain. `ringWeight` is that of
 * the structure they will run in.
 */
export function desire(
  services: readonly ServiceInput[],
  drains: ReadonlyMap<string, Drain>,
  ringWeight: number | null,
): DesiredState {
  return new Map(services.map((service) => [service.backend, desireBackend(service, drains, ringWeight)]));
}

function desireBackend(
  { backend, guarded, running, weights: asked }: ServiceInput,
  drains: ReadonlyMap<string, Drain>,
  ringWeight: number | null,
): ReadonlyMap<string, DesiredServer> {
  const wanted = [...guarded.verdicts.values()].flatMap((verdict) => {
    const admin = adminOf(
      verdict,
      running.get(verdict.member.id),
      drains.get(drainKey({ backend, id: verdict.member.id })),
    );
    return admin === null ? [] : [{ verdict, admin }];
  });
  const ids = assignServerIds(
    wanted.map(({ verdict }) => verdict.member.id),
    running,
  );
  const weights = serverWeights(
    wanted.map(({ verdict: { member } }) => ({ ...member, weight: asked.get(member.id) ?? member.weight })),
    ringWeight,
  );
  const weightOf = (id: string) => weights.get(id) ?? 0;
  // Should all go at once, one stays that the registry calls alive.
  const alive = wanted.filter(({ verdict: { member, held } }) => member.status === 'alive' && held === null);
  const last = lastInService(
    [...alive, ...wanted.filter((one) => !alive.includes(one))].map(({ verdict: { member }, admin }) => ({
      name: member.id,
      weight: weightOf(member.id),
      admin,
    })),
    running,
  );
  // One that the registry calls failed has two against it.
  const isChecked = ({ member, held }: Verdict) => member.id !== last || member.status !== 'alive' || held !== null;
  return new Map(
    wanted.map(({ verdict, verdict: { member }, admin }) => [
      member.id,
      {
        name: member.id,
        serverId: ids.get(member.id) ?? 0,
        address: member.address,
        port: member.port,
        weight: weightOf(member.id),
        admin,
        down: running.get(member.id)?.health === 'down' && isChecked(verdict),
        checked: isChecked(verdict),
      },
    ]),
  );
}

/** Null = no server. A member is first served while it is alive: not when it is first seen failed, nor while it leaves. */
function adminOf(
  { member, fate, held }: Verdict,
  running: RunningServer | undefined,
  drain: Drain | undefined,
): AdminState | null {
  if (drain) return drain.wanted === 'gone' || (!running && drain.cause !== 'intent') ? null : drain.wanted;
  if (fate === 'drain') return null;
  if (!running && member.status === 'failed' && held === null) return null;
  return 'ready';
}
