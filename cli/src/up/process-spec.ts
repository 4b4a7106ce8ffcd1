import type { LoggedCommand, ProcessExit } from './child.js';
import type { Rank } from './guardian.js';
import type { ProcessIdentity } from './process-info.js';
import type { RunOnceOptions } from './run-once.js';

/** One signal of a stop, and how long the process may take before the next one. */
export interface StopStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

/** A process that is kept running, and how. */
export interface ProcessSpec extends LoggedCommand {
  readonly name: string;
  readonly rank: Rank;
  /** Runs before every start; its failure counts as an exit. */
  readonly prepare?: RunOnceOptions;
  /** Whether its children lead groups of their own, as the app of an agent does: they end with it. */
  readonly hasOffspring?: boolean;
  /**
   * How the children that it leaves behind in its group end: by this signal, and by SIGKILL after the wait, while the next one
   * is started. Without it they are killed at once.
   */
  readonly leftBehind?: StopStep;
  /** Whether an exit that nobody asked for is final; default: none is. */
  readonly isFinal?: (exit: ProcessExit) => boolean;
  /** In order; SIGKILL to the whole group comes after them. */
  readonly stopSteps: readonly StopStep[];
}

/** What the supervisor does about an exit. */
export type AfterExit = 'restart' | 'final' | 'stopped';

/** Who is told; nothing here may throw. */
export interface SuperviseObserver {
  /** A process group came into being: the process itself, or its offspring. */
  groupStarted(spec: ProcessSpec, leader: ProcessIdentity): void;
  /** Nothing of that group is left. */
  groupEnded(leader: ProcessIdentity): void;
  ended(spec: ProcessSpec, exit: ProcessExit, next: AfterExit): void;
}
