import type { RequestHandler } from 'express';

/** Weight of the newest answer: ten answers later two thirds of what was before are forgotten. */
const SHARE_OF_NEWEST = 0.1;

/** Without an answer for this long nothing is known any more: a member that gets no requests is not slow for ever. */
const STALE_MS = 5_000;

/** How long recent requests took, to the end of their answer or until their client gave up. */
export interface AnswerTimes {
  /** Before the routes that are to be measured. */
  readonly measure: RequestHandler;
  /** Moving average in ms; null when nothing was answered lately. */
  recentMs(): number | null;
}

/** `nowMs`: a monotonic clock. */
export function createAnswerTimes(nowMs: () => number = () => performance.now()): AnswerTimes {
  let average: number | null = null;
  let newestMs = 0;
  const recentMs = () => (nowMs() - newestMs > STALE_MS ? null : average);
  return {
    recentMs,
    measure(_req, res, next) {
      const startedMs = nowMs();
      res.once('close', () => {
        const tookMs = nowMs() - startedMs;
        const before = recentMs();
        average = before === null ? tookMs : before + SHARE_OF_NEWEST * (tookMs - before);
        newestMs = nowMs();
      });
      next();
    },
  };
}
