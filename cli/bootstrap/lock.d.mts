/** For the one lock of `muster up` and the bootstrap; `lock.mjs` says how it works. */
export interface LockOptions {
  readonly name: string;
  /** Gives the folder of the lock, made if need be; asked before every attempt. */
  readonly folder: () => string;
  readonly deadlineMs: number;
  readonly everyMs: number;
  /** What to throw when the lock was not free in time. */
  readonly busy: (lock: string) => Error;
  /** Told once, when somebody else holds it. */
  readonly onWait?: (pid: number) => void;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal;
}

/** Runs `work` while no other process, and no other call of this one, holds the lock. */
export function withLock<T>(options: LockOptions, work: (folder: string) => Promise<T>): Promise<T>;
