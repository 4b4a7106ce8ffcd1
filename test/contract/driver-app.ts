import { type Agent, createServer, request, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PATIENCE_MS } from '../support/eventually.js';
import { freePort } from '../support/ports.js';

/** An app whose health and slowness a test decides. It answers with its name, in `X-Backend` too. */
export interface DriverApp {
  readonly name: string;
  readonly port: number;
  /** What `/readyz` answers: 200 or 503. */
  healthy: boolean;
  /** Ends every connection without an answer, but checks. */
  crashes: boolean;
  /** All but checks. */
  readonly requests: number;
  /** Answers every request to `/hold` that waits. */
  release(): void;
  close(): Promise<void>;
}

export async function startDriverApp(name: string): Promise<DriverApp> {
  const port = await freePort();
  const held = new Set<ServerResponse>();
  const upgraded = new Set<Duplex>();
  let requests = 0;
  const server = createServer((incoming, response) => {
    incoming.resume();
    if (incoming.url === '/readyz') return response.writeHead(app.healthy ? 200 : 503).end();
    requests += 1;
    if (app.crashes) return incoming.destroy();
    if (incoming.url === '/hold') return held.add(response.on('close', () => held.delete(response)));
    return response.setHeader('x-backend', name).end(name);
  });
  // An idle connection that ended while the balancer was about to use it would be a request on another server.
  server.keepAliveTimeout = 0;
  const app: DriverApp = {
    name,
    port,
    healthy: true,
    crashes: false,
    get requests() {
      return requests;
    },
    release() {
      for (const response of held) response.end(name);
    },
    close() {
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  server.on('upgrade', (_request, socket) => {
    upgraded.add(socket.once('close', () => upgraded.delete(socket)));
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.on('data', (data) => socket.write(`echo: ${data}`)).on('error', () => undefined);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '0.0.0.0', () => resolve()));
  return app;
}

/** One request on a connection of its own. */
export async function get(url: string, method = 'GET'): Promise<{ readonly status: number; readonly text: string }> {
  const { status, text } = await ask(url, method, {});
  return { status, text };
}

/** The same with headers, over `agent` if given; also gives the cookie that was set (`name=value`, or nothing). */
export function ask(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  agent: Agent | false = false,
): Promise<{ readonly status: number; readonly text: string; readonly cookie: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent, timeout: PATIENCE_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      const cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, cookie })).on('error', reject);
    });
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer`)));
    sent.end();
  });
}
