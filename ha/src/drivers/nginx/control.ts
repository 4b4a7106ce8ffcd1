import { request } from 'node:http';
import { MusterError, withDeadline } from '@muster/membership';
import { parseState } from './running-state.js';

const TIMEOUT_MS = 2_000;

/** The unix socket on which the running NGINX tells what it runs. Every call is a connection of its own: workers change. */
export interface Control {
  /** Rejects with `balancer-unreachable` or `balancer-answer-unknown`. */
  state(signal: AbortSignal): Promise<ReturnType<typeof parseState>>;
  /** Requests that all workers, leaving ones included, have open at this moment. */
  openRequests(signal: AbortSignal): Promise<number>;
}

export function control(socketPath: string): Control {
  // Calls come by the hundred, and Node keeps a request on its signal for some turns after its end: each gets one of its own.
  const inTime = (path: string, signal: AbortSignal) =>
    withDeadline(TIMEOUT_MS, signal, (deadline) => get(socketPath, path, deadline)).catch((cause: Error) => {
      throw unreachable(socketPath, path, cause);
    });
  return {
    state: async (signal) => parseState(await inTime('/state', signal)),
    async openRequests(signal) {
      const status = await inTime('/status', signal);
      // "Writing" counts from the end of the request's head to the end of its answer; one of them is ours.
      return Math.max(0, Number(/Writing: (\d+)/.exec(status)?.[1] ?? 1) - 1);
    },
  };
}

function get(socketPath: string, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, agent: false, signal, headers: { host: 'muster' } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject);
      response.once('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`it answered ${response.statusCode}`)),
      );
    });
    asked.once('error', reject);
    asked.end();
  });
}

function unreachable(socketPath: string, path: string, cause: Error): MusterError {
  return new MusterError('balancer-unreachable', `asking NGINX for ${path} at ${socketPath} failed: ${cause.message}`, {
    retryable: true,
    cause,
  });
}
