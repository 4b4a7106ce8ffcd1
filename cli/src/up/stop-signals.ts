import { monotonicMs } from '@muster/membership';

/** npm passes Ctrl-C on to a child that got it from the terminal already: two signals, one wish. */
const REPEAT_MS = 1_000;

export interface StopSignals {
  /** Aborts at the first SIGINT, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal;
  /** Aborts at a later one: the user does not want to wait for drains. */
  readonly hurry: AbortSignal;
}

/** Listens for the life of the process, so that a late signal cannot interrupt the clean-up. */
export function listenForStop(now: () => number = monotonicMs): StopSignals {
  const stop = new AbortController();
  const hurry = new AbortController();
  let firstMs = 0;
  const receive = () => {
    if (!stop.signal.aborted) {
      firstMs = now();
      stop.abort();
    } else if (now() - firstMs >= REPEAT_MS) hurry.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, receive);
  return { stop: stop.signal, hurry: hurry.signal };
}
