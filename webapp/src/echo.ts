import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';

const PATH = '/ws';
const MAX_MESSAGE_BYTES = 64 * 1024;
/** A client that sends without reading is dropped when this much waits for it. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** RFC 6455, 7.4.1: "going away", such as a server going down. */
const GOING_AWAY = 1001;

export interface EchoOptions {
  readonly memberId: string;
  readonly stopping: AbortSignal;
  readonly log: Logger;
}

/** A WebSocket on `/ws` that sends back what it gets; closed with 1001 when this member stops. */
export function attachEcho(server: Server, { memberId, stopping, log }: EchoOptions): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  sockets.on('headers', (headers) => headers.push(`X-Backend: ${memberId}`));
  server.on('upgrade', (request, socket, head) => {
    const path = request.url?.split('?', 1)[0];
    if (path !== PATH) return refuse(socket, '404 Not Found', memberId);
    if (stopping.aborted) return refuse(socket, '503 Service Unavailable', memberId);
    sockets.handleUpgrade(request, socket, head, (client) => echo(client, log));
  });
  stopping.addEventListener('abort', () => {
    for (const client of sockets.clients) client.close(GOING_AWAY, 'stopping');
  });
}

function echo(client: WebSocket, log: Logger): void {
  // Without a listener an oversized or malformed message would end the process.
  client.on('error', (err) => log.debug({ err }, 'websocket closed by an error'));
  client.on('message', (data, isBinary) => {
    if (client.bufferedAmount > MAX_UNREAD_BYTES) return client.terminate();
    client.send(data, { binary: isBinary });
  });
}

function refuse(socket: Duplex, status: string, memberId: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\nX-Backend: ${memberId}\r\n\r\n`);
}
