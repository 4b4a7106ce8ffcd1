import { createServer, request, type ServerResponse } from 'node:http';
import { freePort } from '../support/ports.js';

/** An app whose health and slowness a test decides. It answers with its name. */
export interface DriverApp {
  readonly name: string;
  readonly port: number;
  /** What `/readyz` answers: 200 or 503. */
  healthy: boolean;
  /** All but checks. */
  readonly requests: number;
  /** Answers every request to `/hold` that waits. */
  release(): void;
  close(): Promise<void>;
}

export async function startDriverApp(name: string): Promise<DriverApp> {
  const port = await freePort();
  const held = new Set<ServerResponse>();
  let requests = 0;
  const server = createServer((incoming, response) => {
    incoming.resume();
    if (incoming.url === '/readyz') return response.writeHead(app.healthy ? 200 : 503).end();
    requests += 1;
    if (incoming.url === '/hold') return held.add(response.on('close', () => held.delete(response)));
    return response.end(name);
  });
  const app: DriverApp = {
    name,
    port,
    healthy: true,
    get requests() {
      return requests;
    },
    release() {
      for (const response of held) response.end(name);
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '0.0.0.0', () => resolve()));
  return app;
}

/** One request on a connection of its own. */
export function get(url: string, method = 'GET'): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false, timeout: 15_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', reject);
    });
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer`)));
    sent.end();
  });
}
