import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { monotonicMs, sleep } from '@muster/membership';
import { endOf, exitOf, hasEnded, type ProcessExit, spawnLogged } from './child.js';
import { watchGroups } from './process-groups.js';
import { groupLives, identify, type ProcessIdentity, processesWith, signalIfThere } from './process-info.js';
import type { ProcessSpec, StopStep, SuperviseObserver } from './process-spec.js';

/** In the environment of everything that one run starts. */
const MARK = 'MUSTER_RUN';

const LOOK_EVERY_MS = 50;

/** One start of a process, which leads a group of its own. */
export interface ProcessRun {
  readonly pid: number | null;
  /** Resolves when it has ended, and nothing of it is left but what `leftBehind` lets finish. */
  readonly over: Promise<ProcessExit>;
  /** Resolves when that is gone too. */
  readonly cleared: Promise<void>;
  /** Signals it in steps, then its group with SIGKILL; `hurry` skips to that. */
  stop(steps: readonly StopStep[], hurry: AbortSignal): Promise<void>;
}

/**
 * `hurry` cuts short what is left behind.
 * @throws when its log file cannot be opened; a command that cannot be started is an exit with a `problem`.
 */
export function startRun(spec: ProcessSpec, observer: SuperviseObserver, hurry: AbortSignal): ProcessRun {
  const mark = randomUUID();
  const child = spawnLogged({ ...spec, env: { ...spec.env, [MARK]: mark } });
  const exited = exitOf(child);
  const ended = endOf(exited);
  const leader = child.pid === undefined ? null : identify(child.pid);
  const started = (group: ProcessIdentity) => observer.groupStarted(spec, group);
  const options = { hasOffspring: spec.hasOffspring ?? false, started };
  const groups = leader ? watchGroups(leader, options, ended) : [];
  const exitedFirst = exited.then(() => (leader === null ? undefined : letFinish(leader, spec.leftBehind, hurry)));
  const cleared = exitedFirst.then(() => endGroups(groups, observer));
  const clear = async (exit: ProcessExit): Promise<ProcessExit> => {
    if (!spec.leftBehind) await cleared;
    if (spec.hasOffspring && exit.signal !== null) endOrphans(`${MARK}=${mark}`);
    return exit;
  };
  return {
    pid: child.pid ?? null,
    over: exited.then(clear),
    cleared,
    stop: (steps, hurry) => stopInSteps(child, steps, AbortSignal.any([hurry, ended])),
  };
}

/** Children that outlive their leader answer what they have: NGINX's workers, which serve on when their master is killed. */
async function letFinish(leader: ProcessIdentity, step: StopStep | undefined, hurry: AbortSignal): Promise<void> {
  if (!step) return;
  const end = monotonicMs() + step.waitMs;
  if (groupLives(leader)) signalIfThere(-leader.pid, step.signal);
  while (groupLives(leader) && monotonicMs() < end && !hurry.aborted) await sleep(LOOK_EVERY_MS, hurry);
}

/** What it left behind (an app whose agent was killed) would hold the port. */
function endGroups([leader, ...offspring]: readonly ProcessIdentity[], observer: SuperviseObserver): void {
  if (!leader) return;
  for (const group of [leader, ...offspring]) {
    if (group === leader || groupLives(group)) signalIfThere(-group.pid, 'SIGKILL');
    observer.groupEnded(group);
  }
}

/**
 * An app that was started in the moment before its agent was killed leads a group that nobody has seen yet. An agent
 * that ends by itself has ended its app.
 */
function endOrphans(mark: string): void {
  for (const pid of processesWith(mark)) {
    signalIfThere(-pid, 'SIGKILL');
    signalIfThere(pid, 'SIGKILL');
  }
}

async function stopInSteps(child: ChildProcess, steps: readonly StopStep[], done: AbortSignal): Promise<void> {
  if (!child.pid) return;
  for (const step of steps) {
    if (done.aborted) break;
    signalIfThere(child.pid, step.signal);
    await sleep(step.waitMs, done);
  }
  if (!hasEnded(child)) signalIfThere(-child.pid, 'SIGKILL');
}
