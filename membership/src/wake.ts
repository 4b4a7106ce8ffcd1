/** Lets many sources of change wake one loop. A call while nobody waits is remembered, so that none is lost. */
export interface Wake {
  call(): void;
  /** Resolves at the next call, after `ms`, or when `signal` aborts; at once when a call was remembered. True = called. */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
}

/** For one loop: `wait` must not overlap itself. */
export function createWake(): Wake {
  let called = false;
  let resolve: (() => void) | null = null;
  return {
    call() {
      called = true;
      resolve?.();
    },
    async wait(ms, signal) {
      if (!called && !signal.aborted) await pause(ms, signal);
      const wasCalled = called;
      called = false;
      return wasCalled;
    },
  };

  function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve = null;
        done();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener('abort', finish, { once: true });
      resolve = finish;
    });
  }
}
