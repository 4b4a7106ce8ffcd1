import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './ports.js';

/** A TCP proxy that can lose everything without a word, as a network does that drops packets. */
export interface BlackHole {
  /** `host:port` to connect to. */
  readonly address: string;
  /**
   * From now on nothing passes. Connections that exist stay open and never carry anything again; new ones are accepted
   * by nobody who would answer.
   */
  cut(): void;
  /** New connections pass again. Those from before are dead for good: whoever waits for one waits for ever. */
  heal(): void;
  close(): Promise<void>;
}

/** Passes bytes to `target` (`host:port`) until it is cut. */
export async function startBlackHole(target: string): Promise<BlackHole> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) return;
    const upstream = keep(connect(Number(port), host));
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${own}`,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.unpipe().removeAllListeners('close').pause();
    },
    heal() {
      isCut = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
