import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { SlowAnswer } from '../slow-requests.js';

/** Requests that are in flight until their client sends the rest of them. */
export interface OpenRequests {
  /** Sends it, and gives the answers. */
  finish(): Promise<SlowAnswer[]>;
}

/** Begins requests. As many as members, and before any other load: then round robin gives one to each. */
export function openRequests(url: string, count: number): OpenRequests {
  const opened = Array.from({ length: count }, () => open(url));
  return { finish: () => Promise.all(opened.map((finish) => finish())) };
}

/** `POST /delay` of the webapp reads its body first; a delay of 0 changes nothing. */
function open(url: string): () => Promise<SlowAnswer> {
  const headers = { 'content-type': 'application/json' };
  const sent = request(new URL('delay', url), { method: 'POST', agent: false, headers });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).on('error', reject);
  });
  // `finish` tells a failure.
  answer.catch(() => undefined);
  sent.write('{"delay":');
  return async () => {
    sent.end('0}');
    const response = await answer;
    await once(response.resume(), 'end');
    const backend = response.headers['x-backend'];
    return { status: response.statusCode ?? 0, backend: String(backend), endMs: performance.now() };
  };
}
