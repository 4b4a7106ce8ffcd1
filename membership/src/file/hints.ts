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
  let names = new Set<string>();
  let all = false;
  let fault: { readonly error: unknown } | null = null;
  let wake = () => {};
  const pending = () => all || names.size > 0 || fault !== null;
  const drain = (): Hint => {
    const hint = all ? 'anything' : names;
    names = new Set();
    all = false;
    return hint;
  };
  return {
    file(name) {
      names.add(name);
      wake();
    },
    anything() {
      all = true;
      wake();
    },
    broken(error) {
      fault = { error };
      wake();
    },
    async take(maxMs, signal) {
      if (!pending() && !signal.aborted && !(await woken(maxMs, signal, (resolve) => (wake = resolve)))) all = true;
      if (fault) throw fault.error;
      return drain();
    },
  };
}

/** True when woken or aborted, false when the time was up. */
function woken(maxMs: number, signal: AbortSignal, arm: (resolve: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (result: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onAbort = () => end(true);
    const timer = setTimeout(() => end(false), maxMs);
    signal.addEventListener('abort', onAbort, { once: true });
    arm(() => end(true));
  });
}
