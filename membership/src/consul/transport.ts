import type { ClientRequest, Agent as HttpAgent, IncomingMessage, RequestOptions } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { MusterError } from '../errors.js';
import { http, https } from '../http.js';
import type { ConsulAddress } from './address.js';
import { patientLookup } from './lookup.js';

/** What papi, the HTTP layer under the npm client, calls to send a request: `http` or `https`. */
export interface Transport {
  request(options: RequestOptions): ClientRequest;
}

/**
 * For the connection alone, however long its answer may take: one that is not there after a second is not coming. Without
 * it an attempt whose first packet was lost waits for TCP's own repetitions (1, 3, 7, 15 s), and a network that was healed
 * is noticed that much later.
 */
const CONNECT_MS = 1_000;

/** One for the process: its look-ups share the few threads that Node has for them. */
const lookup = patientLookup();

/**
 * A transport that bounds the connecting, and closes two holes of papi (1.1, lib/client.js): it collects a body of any
 * size, and it listens for `end` only, so that a connection cut in the middle of a body never settles its promise. All
 * become an `error` of the request here, which papi turns into a rejection.
 */
export function guardedTransport(address: ConsulAddress, agent: HttpAgent, maxBodyBytes: number): Transport {
  const { request: send } = address.secure ? https : http;
  return {
    request(options) {
      // papi passes the host in brackets when it is IPv6, which no resolver understands.
      const request = send({ ...options, hostname: address.host, agent, lookup });
      request.once('socket', (socket) => boundConnect(request, socket, address.host));
      request.once('response', (response) => guard(request, response, maxBodyBytes));
      return request;
    },
  };
}

/** The look-up of a name has its own bound. */
function boundConnect(request: ClientRequest, socket: Socket, host: string): void {
  if (!socket.connecting) return;
  let timer: NodeJS.Timeout | undefined;
  // After a stall of this process timers run before what the sockets have to say: a connection may be there all the same.
  const late = () => setImmediate(() => socket.connecting && fail());
  const fail = () => request.destroy(new Error(`no connection within ${CONNECT_MS} ms`));
  const start = () => {
    timer = setTimeout(late, CONNECT_MS);
  };
  if (isIP(host) !== 0) start();
  else socket.once('lookup', start);
  for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
}

function guard(request: ClientRequest, response: IncomingMessage, maxBodyBytes: number): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) return;
    const message = `the answer is larger than ${maxBodyBytes} bytes`;
    request.emit('error', new MusterError('consul-answer-invalid', message, { retryable: true }));
    request.destroy();
  });
  response.once('close', () => {
    if (!response.complete) request.emit('error', new Error('the connection was cut in the middle of an answer'));
  });
}
