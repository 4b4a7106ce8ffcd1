import { randomUUID } from 'node:crypto';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadSettings } from './load.js';
import { type RequestRecord, sharedNowMs } from './load-report.js';

/** Runs in its own process, so that what the test does beside it does not show up as latency. */
const settings = JSON.parse(process.argv[2] ?? '{}') as LoadSettings;
const endAt = sharedNowMs() + settings.maxMs;
let left = settings.maxRequests;
let stopping = false;
let batch: RequestRecord[] = [];

function flush(): void {
  if (batch.length > 0) process.send?.(batch);
  batch = [];
}

async function runClient(client: number): Promise<void> {
  const keepAlive = client % 2 === 0;
  const agent = keepAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : undefined;
  const jar = new Map<string, string>();
  for (let count = 0; !stopping && left > 0 && sharedNowMs() < endAt; count += 1) {
    left -= 1;
    const method = settings.postEvery > 0 && count % settings.postEvery === settings.postEvery - 1 ? 'POST' : 'GET';
    const { record, setCookies } = await send({ client, keepAlive, agent, method, cookies: [...jar.values()] });
    if (settings.cookies) for (const cookie of setCookies) jar.set(cookie.split('=', 1)[0] ?? '', cookie);
    batch.push(record);
    // Also with no think time the event loop must get a turn, or an idle close would never be seen.
    await delay(settings.thinkMs * (0.5 + Math.random()));
  }
  agent?.destroy();
}

interface Attempt {
  readonly client: number;
  readonly keepAlive: boolean;
  readonly agent: Agent | undefined;
  readonly method: string;
  readonly cookies: readonly string[];
}

interface Outcome {
  readonly record: RequestRecord;
  readonly setCookies: readonly string[];
}

function send(attempt: Attempt): Promise<Outcome> {
  const id = randomUUID();
  const startMs = sharedNowMs();
  return new Promise((resolve) => {
    const headers: Record<string, string> = {
      'x-request-id': id,
      connection: attempt.keepAlive ? 'keep-alive' : 'close',
    };
    if (attempt.cookies.length > 0) headers.cookie = attempt.cookies.join('; ');
    if (attempt.method === 'POST') headers['content-length'] = '0';
    const sent: ClientRequest = request(urlOf(attempt.method), {
      method: attempt.method,
      agent: attempt.agent ?? false,
      headers,
    });
    let answer: IncomingMessage | null = null;
    let settled = false;
    const timer = setTimeout(() => finish('TIMEOUT'), settings.timeoutMs);
    const finish = (error: string | null): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      if (error !== null) sent.destroy();
      const record = {
        id,
        client: attempt.client,
        keepAlive: attempt.keepAlive,
        method: attempt.method,
        startMs,
        endMs: sharedNowMs(),
        status: answer?.statusCode ?? null,
        backend: header(answer, 'x-backend'),
        error,
        reusedSocket: sent.reusedSocket,
      };
      resolve({ record, setCookies: cookiesOf(answer) });
    };
    sent.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    sent.once('response', (response) => {
      answer = response;
      response.resume();
      response.once('end', () => finish(response.complete ? null : 'TRUNCATED'));
      response.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
      response.once('close', () => finish('TRUNCATED'));
    });
    sent.end();
  });
}

function urlOf(method: string): URL {
  return new URL(method === 'POST' ? settings.postPath : '', settings.url);
}

function header(answer: IncomingMessage | null, name: string): string | null {
  const value = answer?.headers[name];
  return typeof value === 'string' ? value : null;
}

/** `name=value` of each cookie that was set. */
function cookiesOf(answer: IncomingMessage | null): string[] {
  return (answer?.headers['set-cookie'] ?? []).map((one) => one.split(';', 1)[0] ?? '');
}

process.once('message', () => {
  stopping = true;
});
process.once('disconnect', () => process.exit());
const flushing = setInterval(flush, 50);
await Promise.all(Array.from({ length: settings.clients }, (_, client) => runClient(client)));
clearInterval(flushing);
flush();
process.send?.('done');
