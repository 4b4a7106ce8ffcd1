import { createServer } from 'node:net';
import { MusterError } from '@muster/membership';

/** Ports from here upward are given out by the system to outgoing connections (Linux `ip_local_port_range`). */
const FIRST_EPHEMERAL_PORT = 32768;

export const LOOPBACK = '127.0.0.1';

/** A port that the user named, or the default that may move. */
export interface PortWish {
  readonly what: string;
  readonly flag: string;
  readonly port: number;
  readonly explicit: boolean;
}

/** Why nobody could listen on this loopback port now, found out by doing it; null when somebody could. */
async function whyNotFree(port: number): Promise<string | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EACCES' ? 'it needs more rights' : 'it is in use'),
    );
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/**
 * The wished port, or the next free one above a default; `taken` are ports promised to others already.
 * @throws `port-busy` when the user named the port and it cannot be had.
 */
export async function choosePort(wish: PortWish, taken: ReadonlySet<number>): Promise<number> {
  if (!wish.explicit) return nextFreePort(wish.port, taken);
  const problem = taken.has(wish.port) ? 'another cluster of yours uses it' : await whyNotFree(wish.port);
  if (problem === null) return wish.port;
  const message = `cannot use port ${wish.port} of ${LOOPBACK} for the ${wish.what}: ${problem}`;
  throw new MusterError('port-busy', `${message}. Stop what uses it, or give another ${wish.flag}`);
}

/** @throws `port-busy` when nothing is free from `first` up to the ephemeral range. */
export async function nextFreePort(first: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = first; port < FIRST_EPHEMERAL_PORT; port += 1) {
    if (!taken.has(port) && (await whyNotFree(port)) === null) return port;
  }
  throw new MusterError(
    'port-busy',
    `cannot find a free port on ${LOOPBACK} from ${first} to ${FIRST_EPHEMERAL_PORT - 1}`,
  );
}
