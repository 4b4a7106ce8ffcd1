import { errorMessage, MusterError } from '@muster/membership';
import { type ApiEvent, answers } from './api-schema.js';

/**
 * Events of a `text/event-stream` body, until it ends or `signal` aborts. A line that is no event is skipped.
 * Source: WHATWG HTML, "Server-sent events", 9.2.6 (the watcher sends one `data:` line per event).
 * @throws `event-stream-broken` when the connection breaks.
 */
export async function* readEventStream(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncIterable<ApiEvent> {
  // Node's fetch forgets its own signal once the garbage collector took the request: the pipe has it as well.
  const text = body.pipeThrough(new TextDecoderStream(), { signal });
  try {
    for await (const line of linesOf(text)) {
      const event = readLine(line);
      if (event) yield event;
    }
  } catch (cause) {
    if (signal.aborted) return;
    throw new MusterError('event-stream-broken', `the event stream broke off: ${errorMessage(cause)}`, {
      retryable: true,
      cause,
    });
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines;
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
