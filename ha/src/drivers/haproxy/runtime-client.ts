import { connect, type Socket } from 'node:net';
import { type Logger, MusterError } from '@muster/membership';

/** HAProxy's prompt, which ends every reply in interactive mode (management manual 9.3, `prompt`). */
const PROMPT = '\n> ';
/** Commands in flight at once: one write of 10 is faster than 1 or 400 (measured, 1 000 adds in 36 ms). */
const BATCH = 10;

/** Talks to a HAProxy stats socket. Each call opens its own connection: a worker that left cannot be talked to by accident. */
export interface RuntimeClient {
  /** Sends the commands in order over one connection and gives one trimmed reply per command. */
  ask(commands: readonly string[], signal: AbortSignal): Promise<string[]>;
}

export interface RuntimeClientOptions {
  readonly path: string;
  /** Whole exchange, connection included. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** A client for the worker's socket, in interactive mode. */
export function runtimeClient({ path, timeoutMs, logger }: RuntimeClientOptions): RuntimeClient {
  return {
    async ask(commands, signal) {
      for (const command of commands) logger.debug({ command }, 'runtime command');
      const text = await exchange(path, timeoutMs, signal, (socket, received) => {
        let sent = 0;
        const next = () => {
          const batch = commands.slice(sent, sent + BATCH);
          sent += batch.length;
          if (batch.length > 0) socket.write(`${batch.join('\n')}\n`);
        };
        socket.write('prompt\n');
        next();
        return () => {
          // The prompt of `prompt` itself comes first, then one per command.
          const replies = received().split(PROMPT).length - 2;
          if (replies >= commands.length) socket.end('quit\n');
          else if (replies === sent) next();
          return replies >= commands.length;
        };
      });
      const replies = text.split(PROMPT).slice(1, -1);
      if (replies.length < commands.length) {
        throw new MusterError(
          'balancer-unreachable',
          `HAProxy on ${path} hung up after ${replies.length} of ${commands.length} answers`,
          { retryable: true },
        );
      }
      return replies.slice(0, commands.length).map((reply) => reply.trim());
    },
  };
}

/** One command to the master's socket, which answers and closes (management manual 9.4). */
export async function askMaster(
  path: string,
  command: string,
  timeoutMs: number,
  signal: AbortSignal,
  logger: Logger,
): Promise<string> {
  logger.debug({ command, socket: 'master' }, 'runtime command');
  const text = await exchange(path, timeoutMs, signal, (socket) => {
    // Half-closed: the master closes its side as soon as it has answered.
    socket.end(`${command}\n`);
    return () => false;
  });
  return text.trim();
}

type Conversation = (socket: Socket, received: () => string) => () => boolean;

function exchange(path: string, timeoutMs: number, signal: AbortSignal, start: Conversation): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ path });
    const fail = (reason: string, cause?: unknown) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(
        new MusterError('balancer-unreachable', `talking to HAProxy on ${path} failed: ${reason}`, {
          retryable: true,
          cause,
        }),
      );
    };
    const timer = setTimeout(() => fail(`no full answer within ${timeoutMs} ms`), timeoutMs);
    const onAbort = () => fail('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(text);
    };
    socket.setEncoding('utf8').on('error', (error) => fail(error.message, error));
    socket.on('connect', () => {
      const complete = start(socket, () => text);
      socket.on('data', (chunk: string) => {
        text += chunk;
        if (complete()) finish();
      });
      socket.on('close', finish);
    });
  });
}
