import { connect } from 'node:net';
import { isHealthyStatus, monotonicMs } from '@muster/membership';
import { formatEndpoint } from '../../../endpoint.js';
import { openGet, statusOf } from '../open-get.js';

/** What is asked of one server. */
export interface CheckedServer {
  readonly address: string;
  readonly port: number;
  /** Path of the GET; empty: a TCP connection is enough. */
  readonly path: string;
  readonly timeoutMs: number;
}

/** `answers` = it answered, but not well; `unclear` = this process was held up itself, so that the time says nothing. */
export type CheckResult = 'passes' | 'answers' | 'silent' | 'unclear';

/** A timer that fires later than this was held up. */
const HELD_UP_MS = 100;

/** One check of one server, by the rule of `isHealthyStatus`. Never rejects. */
export function checkServer(server: CheckedServer, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const { address: host, port, path, timeoutMs } = server;
    const socket =
      path === ''
        ? connect({ host, port }, () => end('passes'))
        : openGet({ host, port }, formatEndpoint(server), path);
    const silent = () => end('silent');
    const startedMs = monotonicMs();
    const late = () => monotonicMs() - startedMs > timeoutMs + HELD_UP_MS;
    const timer = setTimeout(() => end(late() ? 'unclear' : 'silent'), timeoutMs);
    const end = (result: CheckResult) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', silent);
      resolve(result);
      socket.destroy();
    };
    let text = '';
    socket.on('data', (part) => {
      text += part.toString('latin1');
      const status = statusOf(text);
      if (status !== null) end(isHealthyStatus(status) ? 'passes' : 'answers');
    });
    // The end without an answer, or an error, which a socket tells of by its close, too.
    socket.on('error', silent).on('close', silent);
    signal.addEventListener('abort', silent);
    if (signal.aborted) silent();
  });
}
