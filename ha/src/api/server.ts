import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorMessage, MusterError } from '@muster/membership';
import type { Endpoint } from '../endpoint.js';
import { type ApiOptions, apiApp } from './app.js';

export interface StartApiOptions extends ApiOptions {
  readonly bind: Endpoint;
  /** Stops the server. */
  readonly signal: AbortSignal;
}

export interface RunningApi {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the server has stopped and no connection is left. */
  readonly closed: Promise<void>;
}

// Not by `import`, which takes 40 ms in Node 22 and later: it reads every export, also one that is made when it is read.
const { createServer } = process.getBuiltinModule('node:http');

/** For requests in progress when the server stops. */
const STOP_DEADLINE_MS = 1000;

/**
 * Listens for API requests until `signal` aborts; then event streams end at once and other requests get
 * `STOP_DEADLINE_MS`. Rejects with `address-in-use` or `bind-failed`.
 */
export async function startApi(options: StartApiOptions): Promise<RunningApi> {
  const { bind, signal, stream } = options;
  signal.throwIfAborted();
  // Slow or endless requests cannot hold connections: no request here has a body worth more than a moment.
  const server = createServer({ headersTimeout: 5000, requestTimeout: 10_000 }, apiApp(options));
  await listen(server, bind);
  const closed = once(server, 'close').then(() => {});
  const onAbort = () => stop(server, () => stream.disconnectAll());
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const { port: actual } = server.address() as AddressInfo;
  return { url: `http://${urlAddress(bind)}:${actual}`, port: actual, closed };
}

/** How the API is reached from this machine. */
function urlAddress({ address }: Endpoint): string {
  if (address === '' || address === '0.0.0.0') return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}

async function listen(server: Server, bind: Endpoint): Promise<void> {
  try {
    server.listen({ port: bind.port, ...(bind.address === '' ? {} : { host: bind.address }) });
    await once(server, 'listening');
  } catch (thrown) {
    throw bindError(thrown, bind);
  }
}

function bindError(thrown: unknown, { address, port }: Endpoint): MusterError {
  const bind = `${address}:${port}`;
  const inUse = thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE';
  if (!inUse) {
    const message = `cannot listen on ${bind} for the API: ${errorMessage(thrown)}; set API_BIND to an address of this machine`;
    return new MusterError('bind-failed', message, { cause: thrown });
  }
  const message = `cannot listen on ${bind} for the API: another process has the port; stop it or set API_BIND to another one`;
  return new MusterError('address-in-use', message, { cause: thrown });
}

function stop(server: Server, endStreams: () => void): void {
  const cut = setTimeout(() => server.closeAllConnections(), STOP_DEADLINE_MS);
  server.close(() => clearTimeout(cut));
  endStreams();
}
