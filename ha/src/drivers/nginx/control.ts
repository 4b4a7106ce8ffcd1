import { MusterError, withDeadline } from '@muster/membership';
import { openGet, statusOf } from './open-get.js';
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
      const writing = /Writing: (\d+)/.exec(status)?.[1];
      if (writing === undefined) throw unreachable(socketPath, '/status', new Error(`it answered ${status}`));
      return Math.max(0, Number(writing) - 1);
    },
  };
}

function get(socketPath: string, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = openGet({ path: socketPath }, 'muster', path);
    const parts: Buffer[] = [];
    const cut = () => socket.destroy(signal.reason);
    socket.on('data', (part) => parts.push(part)).once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', cut);
      const body = bodyOf(Buffer.concat(parts).toString('utf8'));
      if (typeof body === 'string') resolve(body);
      else reject(body);
    });
    signal.addEventListener('abort', cut);
    if (signal.aborted) cut();
  });
}

/** What a whole answer with status 200 holds, else what is wrong with it: half an answer must not be taken for all. */
function bodyOf(text: string): string | Error {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (statusOf(head) !== 200) return new Error(head === '' ? 'no answer' : `it answered ${head.split('\r', 1)[0]}`);
  return Buffer.byteLength(body) === Number(length) ? body : new Error('its answer was cut short');
}

function unreachable(socketPath: string, path: string, cause: Error): MusterError {
  return new MusterError('balancer-unreachable', `asking NGINX for ${path} at ${socketPath} failed: ${cause.message}`, {
    retryable: true,
    cause,
  });
}
