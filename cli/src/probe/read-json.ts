import type { IncomingMessage } from 'node:http';

/** A larger body is no greeting of a member. */
const MAX_BYTES = 64 * 1024;

/** Reads the body, and tells the JSON object that it is, before `end` is told to later listeners; other bodies are read away. */
export function readJson(response: IncomingMessage, found: (object: Readonly<Record<string, unknown>>) => void): void {
  if (!/^application\/json\b/i.test(response.headers['content-type'] ?? '')) {
    response.resume();
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  });
  response.once('end', () => {
    const object = bytes <= MAX_BYTES ? parse(Buffer.concat(chunks).toString('utf8')) : null;
    if (object) found(object);
  });
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
