import { createServer, type Socket } from 'node:net';
import { freePort } from './ports.js';

/**
 * A member in the moment of its death, held still: as the kernel ends a killed process, its listener goes first, and each
 * connection that is still there is reset when something comes in on it.
 */
export interface DyingApp {
  readonly name: string;
  readonly port: number;
  /** Answers all requests together once there are as many, so that each has a connection of its own. */
  answerAt(count: number): void;
  die(): void;
  close(): void;
}

export async function startDyingApp(name: string): Promise<DyingApp> {
  const port = await freePort();
  const all = new Set<Socket>();
  let waiting: Socket[] = [];
  let answerAt = 1;
  let dying = false;
  const server = createServer((socket) => {
    all.add(socket);
    socket.on('close', () => all.delete(socket)).on('error', () => undefined);
    // A request without a body is one piece on loopback.
    socket.on('data', () => {
      if (dying) return socket.resetAndDestroy();
      waiting.push(socket);
      if (waiting.length < answerAt) return;
      for (const one of waiting) one.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`);
      waiting = [];
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '0.0.0.0', () => resolve()));
  return {
    name,
    port,
    answerAt(count) {
      answerAt = count;
    },
    die() {
      dying = true;
      server.close();
    },
    close() {
      server.close();
      for (const socket of all) socket.destroy();
    },
  };
}
