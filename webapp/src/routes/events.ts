import { type Response, Router } from 'express';
import { HttpError } from '../errors.js';

const TICK_MS = 1000;

/** `GET /events`: server-sent events, one tick a second, and a last `stopping` event when this member stops. */
export function eventsRoute(memberId: string, stopping: AbortSignal): Router {
  return Router().get('/events', (_req, res) => {
    if (stopping.aborted) throw new HttpError(503, 'stopping', 'this member is stopping; ask again');
    // nginx holds answers back unless it is told otherwise.
    res.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    let tick = 0;
    const timer = everyTick(() => {
      tick += 1;
      // A client that does not read misses ticks; they must not pile up here.
      if (!res.writableNeedDrain) sendEvent(res, 'tick', { host: memberId, tick });
    });
    const onStop = () => {
      sendEvent(res, 'stopping', { host: memberId });
      res.end();
    };
    stopping.addEventListener('abort', onStop, { once: true });
    res.once('close', () => {
      clearInterval(timer);
      stopping.removeEventListener('abort', onStop);
    });
  });
}

function everyTick(send: () => void): NodeJS.Timeout {
  send();
  return setInterval(send, TICK_MS);
}

function sendEvent(res: Response, event: string, data: object): void {
  res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
