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

/** Whether somebody could listen on this loopback port now, found out by doing it. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The wished port, or the next free one above a default; `taken` are ports promised to others already.
 * @throws `port-busy` when the user named the port and it is in use.
 */
export async function choosePort(wish: PortWish, taken: ReadonlySet<number>): Promise<number> {
  if (!wish.explicit) return nextFreePort(wish.port, taken);
  if (!taken.has(wish.port) && (await isFree(wish.port))) return wish.port;
  const message = `cannot use port ${wish.port} for the ${wish.what}: it is in use on ${LOOPBACK}. Stop what uses it, or give another ${wish.flag}`;
  throw new MusterError('port-busy', message);
}

/** @throws `port-busy` when nothing is free from `first` up to the ephemeral range. */
export async function nextFreePort(first: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = first; port < FIRST_EPHEMERAL_PORT; port += 1) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new MusterError('port-busy', `cannot find a free port on ${LOOPBACK} from ${first} to ${FIRST_EPHEMERAL_PORT - 1}`);
}
