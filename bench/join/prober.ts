import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, openConnection } from '../connection.js';

/** Kept-alive connections through the balancer that ask who answers. */
export interface Prober {
  /** Asks until `member` has answered; resolves with the moment (`performance.now`) at which it had. */
  firstAnswer(member: string, deadlineMs: number): Promise<number>;
  close(): void;
}

/** Node's timers are no finer, and spinning would take a core from what is measured. */
const PAUSE_MS = 1;

/**
 * Two lanes of two connections. A lane asks on both at the same time, so that round robin over two members reaches the new
 * one in the first pair of requests; the lanes take turns, so that a pair leaves more often than once a millisecond.
 */
export async function openProber(port: number): Promise<Prober> {
  const lanes = await Promise.all([openLane(port), openLane(port)]);
  return {
    async firstAnswer(member, deadlineMs) {
      const end = performance.now() + deadlineMs;
      const found = new AbortController();
      const moments = lanes.map(async (lane, index) => {
        if (index > 0) await delay(PAUSE_MS);
        const at = await askUntil(lane, member, end, found.signal);
        found.abort();
        return at;
      });
      const at = Math.min(...(await Promise.all(moments)));
      if (at < Number.POSITIVE_INFINITY) return at;
      throw new Error(`no answer of the new member within ${deadlineMs} ms`);
    },
    close() {
      for (const connection of lanes.flat()) connection.close();
    },
  };
}

/** Infinity when the time is over, or another lane was first. */
async function askUntil(lane: readonly Connection[], member: string, end: number, found: AbortSignal): Promise<number> {
  while (!found.aborted && performance.now() < end) {
    const answers = await Promise.all(lane.map((one) => one.ask()));
    const moments = answers.filter((one) => one.member === member).map((one) => one.at);
    if (moments.length > 0) return Math.min(...moments);
    await delay(PAUSE_MS);
  }
  return Number.POSITIVE_INFINITY;
}

/** Each connection has had an answer, so that the first one that counts is as fast as the others. */
async function openLane(port: number): Promise<Connection[]> {
  const lane = await Promise.all([openConnection(port), openConnection(port)]);
  await Promise.all(lane.map((one) => one.ask()));
  return lane;
}
