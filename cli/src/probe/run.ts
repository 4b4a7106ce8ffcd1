import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonicMs } from '@muster/membership';
import { type Client, createClient, type Outcome } from './client.js';
import { createCookieJar } from './cookie-jar.js';
import { prepare, type RequestPlan } from './prepare.js';
import { memberOf, type Recogniser } from './recognise.js';
import type { ProbeRecord } from './record.js';

export interface RunOptions {
  readonly plan: RequestPlan;
  readonly requests: number;
  readonly clients: number;
  readonly keepAlive: boolean;
  readonly cookies: boolean;
  readonly timeoutMs: number;
  readonly recogniser: Recogniser;
  /** Called after each request with the number of those that ended. */
  readonly onProgress: (done: number) => void;
}

export interface ProbeRun {
  /** In the order in which they ended; those of one client in the order in which it sent them. */
  readonly records: readonly ProbeRecord[];
  readonly tookMs: number;
  /** Requests that were open when the run was interrupted: they are in no record. */
  readonly cut: number;
}

/** Sends all requests; each client begins its next one when the one before has ended. Ends early when `signal` aborts. */
export async function sendAll(options: RunOptions, signal: AbortSignal): Promise<ProbeRun> {
  const startMs = monotonicMs();
  const records: ProbeRecord[] = [];
  const numbers = numberTo(options.requests);
  const clients = Array.from({ length: options.clients }, (_, index) => openClient(options, index + 1));
  const closeAll = () => {
    for (const { close } of clients) close();
  };
  signal.addEventListener('abort', closeAll, { once: true });
  let cut = 0;

  async function runClient({ send }: OpenClient): Promise<void> {
    for (const n of numbers) {
      if (signal.aborted) break;
      const record = await send(n);
      // What was broken off is nobody's failure.
      if (signal.aborted && record.error !== null) cut += 1;
      else options.onProgress(records.push(record));
      // The event loop must get a turn, or the end of an idle connection would not be seen before it is used again.
      await nextTurn();
    }
  }

  await Promise.all(clients.map(runClient));
  signal.removeEventListener('abort', closeAll);
  closeAll();
  return { records, tookMs: monotonicMs() - startMs, cut };
}

/** All clients take their numbers from one iterator. */
function numberTo(last: number): IterableIterator<number> {
  let n = 0;
  return {
    next: () => (n < last ? { done: false, value: ++n } : { done: true, value: undefined }),
    [Symbol.iterator]() {
      return this;
    },
  };
}

interface OpenClient {
  send(n: number): Promise<ProbeRecord>;
  close(): void;
}

function openClient(options: RunOptions, number: number): OpenClient {
  const { plan, keepAlive, timeoutMs, cookies, recogniser } = options;
  const wantsJson = cookies || recogniser.kind === 'json';
  const from = prepare(plan, { n: 0, client: number }).from;
  const client: Client = createClient(plan.url.protocol, { keepAlive, timeoutMs, wantsJson, from });
  const jar = cookies ? createCookieJar() : null;
  return {
    close: client.close,
    async send(n) {
      const { url, headers, key } = prepare(plan, { n, client: number });
      const cookie = jar?.header();
      const outcome = await client.send(url, plan.method, cookie ? { ...headers, cookie } : headers);
      jar?.store(outcome.setCookies);
      return recordOf(outcome, { n, client: number, key, recogniser });
    },
  };
}

interface About {
  readonly n: number;
  readonly client: number;
  readonly key: string | null;
  readonly recogniser: Recogniser;
}

function recordOf(outcome: Outcome, { n, client, key, recogniser }: About): ProbeRecord {
  const { tookMs, status, error, json } = outcome;
  const views = typeof json?.sessionViews === 'number' ? json.sessionViews : null;
  return { n, client, key, tookMs, status, error, views, member: memberOf(recogniser, outcome) };
}
