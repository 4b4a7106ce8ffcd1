import { errorMessage, MusterError } from '@muster/membership';
import { type ApiEvent, answers } from './api-schema.js';

/**
 * Events of a `text/event-stream` body, until it ends or `signal` aborts. A line that is no event is skipped.
 * Source: WHATWG HTML, "Server-sent events", 9.2.6 (the watcher sends one `data:` line per event).
 * @throws `event-stream-broken` when the connection breaks.
 */
export async function* readEventStream(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncIterable<ApiEvent> {
  const reader = body.getReader();
  // Node's fetch forgets its own signal once the garbage collector took the request: a long stream is cancelled here.
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    yield* eventsOf(reader);
  } catch (cause) {
    if (signal.aborted) return;
    throw new MusterError('event-stream-broken', `the event stream broke off: ${errorMessage(cause)}`, {
      retryable: true,
      cause,
    });
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

async function* eventsOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncIterable<ApiEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines.flatMap((line) => readLine(line) ?? []);
  }
}

function readLine(line: string): ApiEvent | null {
  if (!line.startsWith('data:')) return null;
  try {
    return answers.event.parse(JSON.parse(line.slice('data:'.length)));
  } catch {
    return null;
  }
}
