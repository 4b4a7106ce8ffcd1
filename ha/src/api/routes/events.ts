import type { Logger } from '@muster/membership';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { EventHistory } from '../../events/history.js';
import type { EventStream } from '../../events/stream.js';
import { parseRequest } from '../parse-request.js';
import { sendEvents } from '../sse.js';

const sequence = z
  .string()
  .regex(/^\d{1,15}$/, 'not an event number')
  .transform(Number)
  .optional();
const query = z.object({
  follow: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  since: sequence,
  'Last-Event-ID': sequence,
});

export interface EventRoutesOptions {
  readonly history: EventHistory;
  readonly stream: EventStream;
  readonly logger: Logger;
  readonly heartbeatMs: number;
}

/**
 * `GET /v1/events`: the history after `since` (default: all of it). With `follow=1`: the events after `since` or the
 * header `Last-Event-ID` and then the live ones; with neither, only the live ones.
 */
export function eventRoutes(options: EventRoutesOptions): Router {
  const router = Router();
  router.get('/v1/events', async (request, response) => {
    const { follow, since, lastId } = parseQuery(request);
    if (follow) return followEvents(response, lastId ?? since, options);
    response.json({ events: options.history.since(since ?? 0) });
  });
  return router;
}

function parseQuery(request: Request) {
  const parsed = parseRequest(query, { ...request.query, 'Last-Event-ID': request.get('Last-Event-ID') || undefined });
  // A browser that reconnects repeats its first URL: the header is newer than `since`.
  return { follow: parsed.follow === '1', since: parsed.since, lastId: parsed['Last-Event-ID'] };
}

async function followEvents(response: Response, since: number | undefined, options: EventRoutesOptions): Promise<void> {
  const { history, stream, logger, heartbeatMs } = options;
  // In one turn of the event loop: no event can come between the replay and the live ones, and none twice.
  const subscription = stream.subscribe();
  const replay = since === undefined ? [] : history.since(since);
  await sendEvents({ response, replay, subscription, heartbeatMs });
  if (subscription.state() === 'dropped') logger.warn('slow event client dropped');
}
