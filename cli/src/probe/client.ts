import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { monotonicMs } from '@muster/membership';
import { readJson } from './read-json.js';
import type { Answer } from './recognise.js';

export interface ClientOptions {
  readonly keepAlive: boolean;
  /** A request without its whole answer after this time has failed. */
  readonly timeoutMs: number;
  /** Bodies are parsed only where somebody looks at them: it costs the client's processor. */
  readonly wantsJson: boolean;
  /** Local address; null = the system's choice. */
  readonly from: string | null;
}

export interface Outcome extends Answer {
  /** null: no complete answer, and `error` says why. */
  readonly status: number | null;
  readonly error: string | null;
  readonly tookMs: number;
  readonly setCookies: readonly string[];
}

/** One client: one connection at a time, one request after the other. It never sends a request twice. */
export interface Client {
  send(url: URL, method: string, headers: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Ends its connection; a request in it fails. */
  close(): void;
}

export function createClient(protocol: string, options: ClientOptions): Client {
  const secure = protocol === 'https:';
  const { keepAlive, from } = options;
  const agentOptions = { keepAlive, maxSockets: 1, ...(from === null ? {} : { localAddress: from }) };
  const agent = secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const request = secure ? requestHttps : requestHttp;
  return {
    close: () => agent.destroy(),
    send: (url, method, headers) =>
      new Promise((resolve) => {
        const startMs = monotonicMs();
        const sent = request(url, { method, agent, headers });
        let answer: IncomingMessage | null = null;
        let json: Answer['json'] = null;
        let settled = false;
        const timer = setTimeout(() => finish('timeout'), options.timeoutMs);
        const finish = (error: string | null) => {
          if (settled) return;
          settled = true;
          clearTimeout(timer);
          if (error !== null) sent.destroy();
          const tookMs = monotonicMs() - startMs;
          const status = error === null ? (answer?.statusCode ?? null) : null;
          const received = answer?.headers ?? {};
          resolve({ status, error, tookMs, headers: received, json, setCookies: received['set-cookie'] ?? [] });
        };
        sent.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
        sent.once('response', (response) => {
          answer = response;
          if (options.wantsJson) readJson(response, (object) => (json = object));
          else response.resume();
          response.once('end', () => finish(response.complete ? null : 'truncated'));
          response.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
          response.once('close', () => finish('truncated'));
        });
        sent.end();
      }),
  };
}
