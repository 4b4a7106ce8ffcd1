import { connect } from 'node:net';
import { http } from '../http.js';

/** What is asked of the app. */
export interface ProbeEndpoint {
  readonly address: string;
  readonly port: number;
  /** Path of the GET; empty = a TCP connection is enough. */
  readonly path: string;
}

/**
 * Asks the app once. Null = healthy, else the reason for humans; it never rejects.
 *
 * Health rule, the same as the balancer's: an answer with a status of 200–499 is healthy, so that an app that does not
 * know the path is still served; 5xx, no answer and a time-out are not.
 */
export function probe(endpoint: ProbeEndpoint, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
  return endpoint.path === '' ? probeTcp(endpoint, timeoutMs, signal) : probeHttp(endpoint, timeoutMs, signal);
}

function probeHttp(endpoint: ProbeEndpoint, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const { address, port, path } = endpoint;
    // No agent: a kept-alive connection would answer for an app that takes no new ones.
    const options = { host: address, port, path, agent: false, headers: { 'user-agent': 'muster-agent' } };
    const asked = http.request(options, (response) => {
      end(judge(response.statusCode ?? 0, path));
    });
    const end = endOnce(asked, timeoutMs, signal, resolve);
    asked.once('error', (error) => end(`${path}: ${error.message}`));
    asked.end();
  });
}

function judge(status: number, path: string): string | null {
  return status >= 200 && status <= 499 ? null : `${path} answered ${status}`;
}

function probeTcp(endpoint: ProbeEndpoint, timeoutMs: number, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(endpoint.port, endpoint.address, () => end(null));
    const end = endOnce(socket, timeoutMs, signal, resolve);
    socket.once('error', (error) => end(error.message));
  });
}

/** Ends the attempt at its first result, the time-out or the abort, and closes what it used. */
function endOnce(
  used: { destroy(): unknown; on(event: 'error', listener: () => void): unknown },
  timeoutMs: number,
  signal: AbortSignal,
  resolve: (reason: string | null) => void,
): (reason: string | null) => void {
  const end = (reason: string | null) => {
    clearTimeout(timer);
    signal.removeEventListener('abort', aborted);
    resolve(reason);
    used.destroy();
  };
  const aborted = () => end('probe was ended');
  const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs);
  // Destroying a request emits an error after the result is known.
  used.on('error', () => {});
  if (signal.aborted) aborted();
  else signal.addEventListener('abort', aborted, { once: true });
  return end;
}
