import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { RecordedEvent } from '../events/event.js';
import type { Subscription } from '../events/stream.js';

export interface SendEventsOptions {
  readonly response: ServerResponse;
  readonly replay: readonly RecordedEvent[];
  readonly subscription: Subscription;
  readonly heartbeatMs: number;
}

/**
 * Writes `replay` and then the subscription as server-sent events (WHATWG HTML, "Server-sent events") until either end
 * closes. It waits for the client's socket before each next event, so that a slow one fills its own queue only.
 */
export async function sendEvents({ response, replay, subscription, heartbeatMs }: SendEventsOptions): Promise<void> {
  response.once('close', () => subscription.close());
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no', Connection: 'close' });
  response.flushHeaders();
  const heartbeat = setInterval(() => beat(response), heartbeatMs);
  try {
    for (const event of replay) await send(response, event, subscription.ended);
    for await (const event of subscription) await send(response, event, subscription.ended);
  } catch (thrown) {
    if (!subscription.ended.aborted) throw thrown;
  } finally {
    clearInterval(heartbeat);
    subscription.close();
    finish(response);
  }
}

async function send(response: ServerResponse, event: RecordedEvent, ended: AbortSignal): Promise<void> {
  ended.throwIfAborted();
  const accepted = response.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
  if (!accepted) await once(response, 'drain', { signal: ended });
}

/** A comment: keeps proxies from closing a silent stream and finds out that the client is gone. */
function beat(response: ServerResponse): void {
  if (!response.writableNeedDrain) response.write(': keep-alive\n\n');
}

/** A client that does not read would keep a polite end waiting for ever. */
function finish(response: ServerResponse): void {
  if (response.writableNeedDrain) response.destroy();
  else response.end();
}
