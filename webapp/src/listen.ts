import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What to do about the errors that people meet (Node's `code`). */
const ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses this port; stop it or set another PORT',
  EACCES: 'this user may not use this port; set PORT to 1024 or above',
  EADDRNOTAVAIL: 'HOST is not an address of this machine',
  ENOTFOUND: 'HOST is not a known name; use an IP address',
};

/**
 * Listens, and gives the address (with the real port when 0 was asked for).
 * @throws Error that says where it could not listen, why, and what to do.
 */
export function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const advice = ADVICE[error.code ?? ''] ?? error.message;
      reject(new Error(`cannot listen on ${host} port ${port}: ${advice}`, { cause: error }));
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('not listening on a TCP port'));
      else resolve(address);
    });
  });
}
