import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { MusterError } from '../errors.js';
import type { ConsulAddress } from './address.js';

/** What papi, the HTTP layer under the npm client, calls to send a request: `http` or `https`. */
export interface Transport {
  request(options: RequestOptions): ClientRequest;
}

/**
 * A transport that closes two holes of papi (1.1, lib/client.js): it collects a body of any size, and it listens for
 * `end` only, so that a connection cut in the middle of a body never settles its promise. Both become an `error` of the
 * request here, which papi turns into a rejection.
 */
export function guardedTransport(address: ConsulAddress, agent: HttpAgent, maxBodyBytes: number): Transport {
  const send = address.secure ? httpsRequest : httpRequest;
  return {
    request(options) {
      // papi passes the host in brackets when it is IPv6, which no resolver understands.
      const request = send({ ...options, hostname: address.host, agent });
      request.once('response', (response) => guard(request, response, maxBodyBytes));
      return request;
    },
  };
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
