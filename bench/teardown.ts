/** What must be undone, in reverse order, however the bench ends. */
export interface Teardown {
  /**
   * Starts something and remembers how to take it down. A Ctrl-C in the middle of the start waits for its end, and nothing
   * is started any more once the taking down has begun: both would leave processes behind.
   */
  start<T>(start: () => Promise<T>, undo: (started: T) => Promise<void> | void): Promise<T>;
  /** Takes all of it down. What is started afterwards is a new round. */
  run(): Promise<void>;
  /** As `run`, for good. */
  end(): Promise<void>;
}

export function createTeardown(): Teardown {
  const undos: (() => Promise<void>)[] = [];
  let ended = false;
  return {
    async start(start, undo) {
      if (ended) throw new Error('stopped');
      const starting = start();
      undos.push(async () => {
        const started = await starting.then(
          (value) => ({ value }),
          () => null,
        );
        if (started) await undo(started.value);
      });
      return starting;
    },
    run: takeDown,
    end() {
      ended = true;
      return takeDown();
    },
  };

  async function takeDown(): Promise<void> {
    for (const undo of undos.splice(0).reverse()) {
      try {
        await undo();
      } catch (failure) {
        process.stderr.write(`bench: taking down failed: ${String(failure)}\n`);
      }
    }
  }
}
