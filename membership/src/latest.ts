/** Runs until its signal aborts, and calls `publish` whenever there is something newer. A rejection ends the iteration. */
export type Producer<T> = (publish: (value: T) => void, signal: AbortSignal) => Promise<void>;

/**
 * The values of a producer, newest only: what is published while the consumer is busy replaces what it has not seen yet.
 * `replace` says what becomes of the two; default the newer one. The iteration ends when `signal` aborts or the consumer
 * stops, and only after the producer has ended too.
 */
export async function* latest<T>(
  signal: AbortSignal,
  produce: Producer<T>,
  replace: (unseen: T, newer: T) => T = (_, newer) => newer,
): AsyncGenerator<T, void, undefined> {
  if (signal.aborted) return;
  const stop = new AbortController();
  let wake = () => {};
  let unseen: { readonly value: T } | null = null;
  let ended: { readonly failure?: unknown } | null = null;
  const take = () => {
    const taken = unseen;
    unseen = null;
    return taken;
  };
  const onAbort = () => {
    stop.abort();
    wake();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const producer = produce((value) => {
    unseen = { value: unseen ? replace(unseen.value, value) : value };
    wake();
  }, stop.signal)
    .then(
      () => {
        ended = {};
      },
      (failure: unknown) => {
        ended = { failure };
      },
    )
    .finally(() => wake());
  const hasEnded = () => ended;
  try {
    while (!signal.aborted) {
      const next = take();
      if (next) yield next.value;
      else if (hasEnded()) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort();
    await producer;
  }
  const failure = hasEnded()?.failure;
  if (failure !== undefined && !signal.aborted) throw failure;
}
