import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** The connections of one HTTP server, so that it can close without losing a request. */
export interface Connections {
  /**
   * Stops accepting, closes what is idle, lets requests in flight finish, and cuts what is left after `timeoutMs`.
   * Gives the number of connections that were cut. Call it once.
   */
  close(timeoutMs: number): Promise<number>;
}

/** Call it before the server listens, and before or after other request listeners. */
export function trackConnections(server: Server): Connections {
  const sockets = new Set<Socket>();
  const answers = new Set<ServerResponse>();
  let closing = false;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.prependListener('request', (_req, res: ServerResponse) => {
    answers.add(res);
    if (closing) announceClose(res);
    res.once('close', () => {
      answers.delete(res);
      // Its connection may have promised keep-alive before the stop; it counts as idle only after this event.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
  });
  return {
    async close(timeoutMs) {
      closing = true;
      const closed = stopListening(server);
      for (const res of answers) announceClose(res);
      // Node does not call a connection idle before its first request; browsers and balancers open them in advance.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      if (await within(timeoutMs, closed)) return 0;
      const left = sockets.size;
      for (const socket of sockets) socket.destroy();
      await closed;
      return left;
    },
  };
}

function announceClose(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}

/** Resolves when the last connection is gone; also when the server never listened. Closes idle connections by itself. */
function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

async function within(timeoutMs: number, done: Promise<void>): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    timer.abort();
  }
}
