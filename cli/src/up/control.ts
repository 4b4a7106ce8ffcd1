import { createServer, type IncomingMessage, type Server } from 'node:http';
import { errorMessage, MusterError } from '@muster/membership';
import { z } from 'zod';
import type { ClusterState } from './control-client.js';
import { parseScale } from './scale-limit.js';

const MAX_BODY_BYTES = 1_024;

const scaleSchema = z.object({ count: z.union([z.number(), z.string()]) });

/** What the control socket can do with the cluster. */
export interface Controlled {
  state(): ClusterState;
  /** Resolves with the state once this scale, or a later one, is reached. */
  scale(count: number): Promise<ClusterState>;
}

/** Serves `GET /state` and `POST /scale {count}` on a unix socket; its folder lets only this user in. */
export async function serveControl(socketPath: string, cluster: Controlled): Promise<{ close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(request, cluster);
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
  });
  await listen(server, socketPath);
  return {
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  cluster: Controlled,
): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    if (request.method === 'GET' && request.url === '/state') return { status: 200, body: cluster.state() };
    if (request.method !== 'POST' || request.url !== '/scale')
      return failure(404, 'not-found', `there is no ${request.method} ${request.url}`);
    const { count } = scaleSchema.parse(JSON.parse(await readBody(request)));
    return { status: 200, body: await cluster.scale(parseScale(count)) };
  } catch (thrown) {
    if (thrown instanceof MusterError) return failure(400, thrown.code, thrown.message);
    if (thrown instanceof z.ZodError || thrown instanceof SyntaxError)
      return failure(400, 'body-invalid', 'cannot scale: the body must be {"count": N}');
    return failure(500, 'internal', errorMessage(thrown));
  }
}

function failure(status: number, code: string, message: string): { readonly status: number; readonly body: unknown } {
  return { status, body: { error: { code, message } } };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES)
      throw new MusterError('body-invalid', `cannot scale: the body is over ${MAX_BODY_BYTES} bytes`);
  }
  return text;
}

async function listen(server: Server, socketPath: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new MusterError('control-failed', `cannot open the control socket ${socketPath}: ${cause.message}`, { cause }),
      ),
    );
    server.listen(socketPath, resolve);
  });
}
