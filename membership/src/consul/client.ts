import { EventEmitter } from 'node:events';
import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import Consul from 'consul';
import { MusterError } from '../errors.js';
import { http, https } from '../http.js';
import type { ConsulAddress } from './address.js';
import { consulFailure } from './failure.js';
import { guardedTransport, type Transport } from './transport.js';

/** How to reach Consul. */
export interface ConsulOptions {
  /** `CONSUL_HTTP_ADDR`, parsed. */
  readonly address: ConsulAddress;
  /** `CONSUL_HTTP_TOKEN`: ACL token, sent as a header. */
  readonly token?: string;
  /** Largest answer that is read, in bytes (default 16 MiB: about 14,000 members). */
  readonly maxBodyBytes?: number;
  /** Deadline of one call that is not a blocking query, in ms (default 5000). */
  readonly requestTimeoutMs?: number;
}

/** Options that every endpoint of the npm client takes: spread them into its arguments. */
export interface CallContext {
  readonly ctx: EventEmitter;
  /** ms, absolute. */
  readonly timeout: number;
}

/** Failures after which nobody knows what became of the network. */
const UNANSWERED: ReadonlySet<string> = new Set(['consul-unreachable', 'aborted']);

/** One call of the npm client's endpoints. */
export type Endpoint<C extends CallContext> = (consul: Consul, context: C) => Promise<unknown>;

export interface ConsulAnswer {
  readonly headers: IncomingMessage['headers'];
  /** Decoded JSON; undefined when the answer had no body. */
  readonly body: unknown;
}

/** papi's extension point, which the npm client's types leave out: it runs just before a request is sent. */
interface PapiClient {
  _ext(event: 'onRequest', extension: (request: { transport: Transport }, next: () => void) => void): void;
}

/** The npm client's endpoints with a byte cap, an absolute deadline, an AbortSignal and our errors. */
export class ConsulClient {
  readonly address: ConsulAddress;
  readonly #consul: Consul;
  readonly #agent: HttpAgent;
  readonly #requestTimeoutMs: number;

  /**
   * At most `connections` sockets, kept alive: Consul allows 200 per client address (`limits.http_max_conns_per_client`).
   * Further calls wait for a free one, within their deadline.
   */
  constructor(options: ConsulOptions, connections: number) {
    this.address = options.address;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? 5_000;
    const keepAlive = { keepAlive: true, maxSockets: connections };
    this.#agent = new (this.address.secure ? https : http).Agent(keepAlive);
    const { secure, host, port } = this.address;
    const bracketed = host.includes(':') ? `[${host}]` : host;
    const defaults = options.token ? { defaults: { token: options.token } } : {};
    this.#consul = new Consul({ secure, host: bracketed, port, agent: this.#agent, ...defaults });
    const transport = guardedTransport(this.address, this.#agent, options.maxBodyBytes ?? 16 * 1024 * 1024);
    (this.#consul as unknown as PapiClient)._ext('onRequest', (request, next) => {
      request.transport = transport;
      next();
    });
  }

  /**
   * Runs one endpoint. `attempted` names it in errors: "register member web-1". Rejects with a `MusterError` of
   * `consulFailure`, or `aborted`.
   */
  async call(
    attempted: string,
    endpoint: Endpoint<CallContext>,
    signal: AbortSignal,
    deadlineMs = this.#requestTimeoutMs,
  ): Promise<ConsulAnswer> {
    const what = `${attempted} at ${this.address.text}`;
    if (signal.aborted) throw aborted(what);
    // `includeResponse` is the npm client's only (undocumented) way to the headers, `cancel` its only way to abort.
    const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
    const cancel = (): void => void ctx.emit('cancel');
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return answerOf(await endpoint(this.#consul, { ctx, timeout: deadlineMs }));
    } catch (thrown) {
      const failure = signal.aborted ? aborted(what) : consulFailure(thrown, what);
      if (UNANSWERED.has(failure.code)) this.#dropIdle();
      throw failure;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** What took one connection without a word took the idle ones beside it: the next call makes a new one. */
  #dropIdle(): void {
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  /** Closes the sockets. */
  close(): void {
    this.#agent.destroy();
  }
}

function answerOf(result: unknown): ConsulAnswer {
  const response: unknown = Array.isArray(result) ? result[0] : undefined;
  if (!(response instanceof http.IncomingMessage)) throw new Error('the npm client gave no response');
  // Its KV calls take every 404 for "no such key", also one whose body was cut.
  if (!response.complete) throw new Error('the connection was cut in the middle of an answer');
  return { headers: response.headers, body: Array.isArray(result) ? result[1] : undefined };
}

function aborted(what: string): MusterError {
  return new MusterError('aborted', `${what}: aborted`, { retryable: true });
}
