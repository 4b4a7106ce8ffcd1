import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

/** One debug line per answer. Without the query: it may hold what should not be in a log. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const { method, path } = req;
    const startedMs = performance.now();
    res.once('close', () => {
      const tookMs = Math.round(performance.now() - startedMs);
      log.debug({ method, path, status: res.statusCode, complete: res.writableFinished, tookMs }, 'request');
    });
    next();
  };
}
