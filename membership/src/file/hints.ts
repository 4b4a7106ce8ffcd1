import { createWake } from '../wake.js';

/** What may have changed since the last look: some files by name, or anything. */
export type Hint = ReadonlySet<string> | 'anything';

/** Collects what a file watcher reports until somebody takes it. */
export interface Hints {
  file(name: string): void;
  anything(): void;
  /** The watcher itself broke: the next `take` rejects with this. */
  broken(error: unknown): void;
  /** Resolves at the first hint, or with `anything` after `maxMs`, or with nothing new when `signal` aborts. */
  take(maxMs: number, signal: AbortSignal): Promise<Hint>;
}

export function createHints(): Hints {
  const wake = createWake();
  let names = new Set<string>();
  let all = false;
  let fault: { readonly error: unknown } | null = null;
  const drain = (): Hint => {
    const hint = all ? 'anything' : names;
    names = new Set();
    all = false;
    return hint;
  };
  return {
    file(name) {
      names.add(name);
      wake.call();
    },
    anything() {
      all = true;
      wake.call();
    },
    broken(error) {
      fault = { error };
      wake.call();
    },
    async take(maxMs, signal) {
      if (!(await wake.wait(maxMs, signal)) && !signal.aborted) all = true;
      if (fault) throw fault.error;
      return drain();
    },
  };
}
