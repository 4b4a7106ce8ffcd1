import { setTimeout as delay } from 'node:timers/promises';
import { openConnection } from '../connection.js';

/** Not more often: what starts needs the processor that asking takes. */
const PAUSE_MS = 20;

/** When newcomers answered first through the balancer. */
export interface FirstAnswers {
  /** Resolves with the moment (epoch ms) of each of so many members that are not `known`. */
  of(count: number, known: ReadonlySet<string>, deadlineMs: number): Promise<ReadonlyMap<string, number>>;
  close(): void;
}

/** Two connections, asked at the same time: round robin over two members reaches both with each pair. */
export async function openFirstAnswers(port: number): Promise<FirstAnswers> {
  const pair = await Promise.all([openConnection(port), openConnection(port)]);
  return {
    async of(count, known, deadlineMs) {
      const end = performance.now() + deadlineMs;
      const found = new Map<string, number>();
      while (found.size < count && performance.now() < end) {
        for (const { member, at } of await Promise.all(pair.map((one) => one.ask())))
          if (!known.has(member) && !found.has(member)) found.set(member, performance.timeOrigin + at);
        await delay(PAUSE_MS);
      }
      if (found.size < count) throw new Error(`${found.size} of ${count} webapps answered within ${deadlineMs} ms`);
      return found;
    },
    close() {
      for (const connection of pair) connection.close();
    },
  };
}

/** The moment (epoch ms) at which a lone server that is about to start answers; while it does not, nothing may listen. */
export async function firstAnswerOf(port: number, deadlineMs: number): Promise<number> {
  const end = performance.now() + deadlineMs;
  const answered: number[] = [];
  while (answered.length === 0 && performance.now() < end) {
    // The next one does not wait for this one: a SYN that is lost comes again after a whole second.
    void askOnce(port).then(
      (at) => answered.push(at),
      () => undefined,
    );
    await delay(PAUSE_MS);
  }
  if (answered.length === 0) throw new Error(`nothing answered on port ${port} within ${deadlineMs} ms`);
  return performance.timeOrigin + Math.min(...answered);
}

async function askOnce(port: number): Promise<number> {
  const connection = await openConnection(port);
  try {
    return (await connection.ask()).at;
  } finally {
    connection.close();
  }
}
