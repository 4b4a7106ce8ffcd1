import { setMaxListeners } from 'node:events';

export type Phase = 'starting' | 'ready' | 'stopping';

/** Where this process is in its life. It only ever moves forward: a stopping app never becomes ready again. */
export interface Lifecycle {
  readonly phase: Phase;
  /** Aborts when stopping begins: long-lived connections listen to it and say goodbye. */
  readonly stopping: AbortSignal;
  /** Call it when everything that the app needs (connections, caches, …) is there. */
  ready(): void;
  stop(): void;
}

export function createLifecycle(): Lifecycle {
  const controller = new AbortController();
  // One listener per open stream is what it is for: no warning about a leak at the eleventh.
  setMaxListeners(0, controller.signal);
  let warm = false;
  return {
    get phase() {
      if (controller.signal.aborted) return 'stopping';
      return warm ? 'ready' : 'starting';
    },
    stopping: controller.signal,
    ready() {
      warm = true;
    },
    stop() {
      controller.abort();
    },
  };
}
