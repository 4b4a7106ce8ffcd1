/**
 * Where an agent stands: `waiting` for the app to be ready, `joined`, `failing` while the app does not pass its probe,
 * `leaving` from the announcement on, `left`.
 */
export type Phase = 'waiting' | 'joined' | 'failing' | 'leaving' | 'left';

/** What can happen to an agent. */
export type Happening = 'app-healthy' | 'app-unhealthy' | 'leave-asked' | 'leave-done';

/** What the registry has last accepted from us. */
export type Announced = 'nothing' | 'alive' | 'failed' | 'leaving';

/** A call of `Registrar` that makes the registry say what the phase says. */
export type RegistrarCall = 'join' | 'heartbeat' | 'fail' | 'leaving';

const NEXT: Readonly<Record<Phase, Partial<Record<Happening, Phase>>>> = {
  waiting: { 'app-healthy': 'joined', 'leave-asked': 'left' },
  joined: { 'app-unhealthy': 'failing', 'leave-asked': 'leaving' },
  failing: { 'app-healthy': 'joined', 'leave-asked': 'leaving' },
  // Nothing brings a leaving member back: a balancer may have promised by now to send it nothing more.
  leaving: { 'leave-done': 'left' },
  left: {},
};

/** The phase after something happened; the same phase when it does not matter there. */
export function nextPhase(phase: Phase, happening: Happening): Phase {
  return NEXT[phase][happening] ?? phase;
}

/**
 * The call that is due, or null when the registry needs to hear nothing. `stale`: the entry that it holds says something of
 * the member that is no longer so; joining again replaces it.
 */
export function dueCall(phase: Phase, announced: Announced, stale = false): RegistrarCall | null {
  if (phase === 'joined') return announced === 'nothing' || stale ? 'join' : 'heartbeat';
  if (phase === 'leaving') return announced === 'leaving' ? 'heartbeat' : 'leaving';
  // A failed member sends no heartbeats: they would make it alive again.
  if (phase === 'failing' && announced === 'alive') return 'fail';
  return null;
}

/** What the registry says once it has accepted a call. */
export function announcedAfter(call: RegistrarCall, before: Announced): Announced {
  if (call === 'fail') return 'failed';
  if (call === 'leaving' || before === 'leaving') return 'leaving';
  return 'alive';
}
