import { connect, type NetConnectOpts, type Socket } from 'node:net';

/**
 * Sends one GET over a connection of its own. In HTTP/1.0, as HAProxy's checks do: the answer ends with the connection and
 * has no chunks. Not by `node:http`, which costs half as much again for each, and the watcher asks twenty times a second
 * beside a balancer that has the same processors.
 */
export function openGet(to: NetConnectOpts, host: string, path: string): Socket {
  const socket = connect(to);
  socket.write(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\nUser-Agent: muster\r\n\r\n`);
  return socket;
}

/** The status of the answer that `text` begins, or null while it is not there yet; 0 = not HTTP. */
export function statusOf(text: string): number | null {
  if (text.length < STATUS_LINE) return null;
  return Number(/^HTTP\/1\.\d (\d{3})/.exec(text)?.[1] ?? 0);
}

/** Characters up to the end of the status: `HTTP/1.1 200`. */
const STATUS_LINE = 12;
