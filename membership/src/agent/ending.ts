import type { AppExit } from './app-process.js';

/** Why an agent ends: somebody asked it to leave, or its app is gone. */
export type EndReason =
  | { readonly why: 'leave'; readonly asked: string }
  | { readonly why: 'app-exited'; readonly exit: AppExit };

/** The first reason decides; later ones, such as a second SIGTERM, change nothing. */
export class Ending {
  readonly decided: Promise<EndReason>;
  readonly #decide: (reason: EndReason) => void;
  readonly #appGone = new AbortController();

  constructor() {
    let decide: (reason: EndReason) => void = () => {};
    this.decided = new Promise((resolve) => {
      decide = resolve;
    });
    this.#decide = decide;
  }

  /** Aborts when the app has exited, also in the middle of a leave. */
  get appGone(): AbortSignal {
    return this.#appGone.signal;
  }

  leave(asked: string): void {
    this.#decide({ why: 'leave', asked });
  }

  appExited(exit: AppExit): void {
    this.#decide({ why: 'app-exited', exit });
    this.#appGone.abort();
  }
}

/** A terminal that is closed (SIGHUP) must not orphan the app either. */
const LEAVE_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Calls back for each signal that asks for a leave; gives the function that ends it. */
export function listenToSignals(onSignal: (name: NodeJS.Signals) => void): () => void {
  for (const name of LEAVE_SIGNALS) process.on(name, onSignal);
  return () => {
    for (const name of LEAVE_SIGNALS) process.removeListener(name, onSignal);
  };
}
