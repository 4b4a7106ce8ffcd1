import { connect } from 'node:net';
import { errorMessage, type Logger, MusterError } from '@muster/membership';

/** Talks to the master process: workers and reloads (management manual 9.4). */
export interface MasterSocket {
  /** Sends one command, over a connection of its own, and gives the trimmed answer. */
  ask(command: string, timeoutMs: number, signal: AbortSignal): Promise<string>;
}

export function masterSocket(path: string, logger: Logger): MasterSocket {
  return {
    ask(command, timeoutMs, signal) {
      logger.debug({ command, socket: 'master' }, 'runtime command');
      return askOnce(path, command, timeoutMs, signal);
    },
  };
}

function askOnce(path: string, command: string, timeoutMs: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ path }).setEncoding('utf8');
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const fail = (reason: string) => {
      settle();
      socket.destroy();
      const message = `asking HAProxy's master on ${path} to \`${command}\` failed: ${reason}`;
      reject(new MusterError('balancer-unreachable', message, { retryable: true }));
    };
    const timer = setTimeout(() => fail(`no full answer within ${timeoutMs} ms`), timeoutMs);
    const abort = () => fail('aborted');
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', (error) => fail(errorMessage(error)));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('close', () => {
      settle();
      resolve(text.trim());
    });
    if (signal.aborted) abort();
    // Half-closed: the master closes its side as soon as it has answered.
    else socket.end(`${command}\n`);
  });
}
