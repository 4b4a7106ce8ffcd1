import { requireEngine } from './engine.js';
import { removeAll } from './init-container.js';

/** Like mocha's `it`, for what mostly waits: all plays of the suite run at once, from its start. */
export type Play = (title: string, play: () => Promise<void>) => void;

/** A suite of plays in containers of their own, which are removed at the end. */
export function describePlays(title: string, define: (play: Play) => void): void {
  const plays = new Map<string, () => Promise<void>>();
  const results = new Map<string, Promise<void>>();

  describe(`${title} [containers]`, () => {
    before(async function () {
      await requireEngine(this);
      for (const [name, play] of plays) {
        const result = play();
        // It is judged by its own test, later.
        result.catch(() => {});
        results.set(name, result);
      }
    });

    after(async () => {
      await Promise.allSettled(results.values());
      await removeAll();
    });

    define((name, play) => {
      plays.set(name, play);
      it(name, () => results.get(name));
    });
  });
}
