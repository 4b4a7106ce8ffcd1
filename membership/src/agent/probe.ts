import { connect } from 'node:net';
import { monotonicMs } from '../clock.js';
import { http } from '../http.js';

/** What is asked of the app. */
export interface ProbeEndpoint {
  readonly address: string;
  readonly port: number;
  /** Path of the GET; empty = a TCP connection is enough. */
  readonly path: string;
}

/** What one probe found. */
export interface ProbeResult {
  /** Null = healthy, else why not, for humans. */
  readonly reason: string | null;
  /** Until the headers of the answer, the connection, the time-out or the error, ms. */
  readonly latencyMs: number;
  /** The `Server-Timing` header of the answer; empty without one. */
  readonly serverTiming: string;
}

/**
 * The rule of agent and balancer (docs/adr/0006): an answer of 200–499 is healthy, so that an app that does not know the
 * path is still served; 5xx, no answer and a time-out are not.
 */
export function isHealthyStatus(status: number): boolean {
  return status >= 200 && status <= 499;
}

/** Asks the app once, and judges it by `isHealthyStatus`; it never rejects. */
export async function probe(endpoint: ProbeEndpoint, timeoutMs: number, signal: AbortSignal): Promise<ProbeResult> {
  const startedMs = monotonicMs();
  const ask = endpoint.path === '' ? probeTcp : probeHttp;
  const { reason, serverTiming = '' } = await ask(endpoint, timeoutMs, signal);
  return { reason, serverTiming, latencyMs: monotonicMs() - startedMs };
}

interface Answer {
  readonly reason: string | null;
  readonly serverTiming?: string;
}

function probeHttp(endpoint: ProbeEndpoint, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const { address, port, path } = endpoint;
    // No agent: a kept-alive connection would answer for an app that takes no new ones.
    const options = { host: address, port, path, agent: false, headers: { 'user-agent': 'muster-agent' } };
    const asked = http.request(options, (response) => {
      const timing = response.headers['server-timing'];
      end({ reason: judge(response.statusCode ?? 0, path), serverTiming: String(timing ?? '') });
    });
    const end = endOnce(asked, timeoutMs, signal, resolve);
    asked.once('error', (error) => end({ reason: `${path}: ${error.message}` }));
    asked.end();
  });
}

function judge(status: number, path: string): string | null {
  return isHealthyStatus(status) ? null : `${path} answered ${status}`;
}

function probeTcp(endpoint: ProbeEndpoint, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(endpoint.port, endpoint.address, () => end({ reason: null }));
    const end = endOnce(socket, timeoutMs, signal, resolve);
    socket.once('error', (error) => end({ reason: error.message }));
  });
}

/** Ends the attempt at its first result, the time-out or the abort, and closes what it used. */
function endOnce(
  used: { destroy(): unknown; on(event: 'error', listener: () => void): unknown },
  timeoutMs: number,
  signal: AbortSignal,
  resolve: (answer: Answer) => void,
): (answer: Answer) => void {
  const end = (answer: Answer) => {
    clearTimeout(timer);
    signal.removeEventListener('abort', aborted);
    resolve(answer);
    used.destroy();
  };
  const aborted = () => end({ reason: 'probe was ended' });
  const timer = setTimeout(() => end({ reason: `no answer within ${timeoutMs} ms` }), timeoutMs);
  // Destroying a request emits an error after the result is known.
  used.on('error', () => {});
  if (signal.aborted) aborted();
  else signal.addEventListener('abort', aborted, { once: true });
  return end;
}
