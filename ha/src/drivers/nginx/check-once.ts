import { request } from 'node:http';
import { connect } from 'node:net';
import { monotonicMs } from '@muster/membership';

/** One check of one server. */
export interface CheckTarget {
  readonly address: string;
  readonly port: number;
  /** Empty: a TCP connection is enough. */
  readonly path: string;
  readonly timeoutMs: number;
}

/** `answers` = it answered, but not well; `unclear` = this process was held up itself, so that the time says nothing. */
export type CheckResult = 'passes' | 'answers' | 'silent' | 'unclear';

/** A timer that fires later than this was held up. */
const HELD_UP_MS = 100;

/** The rule of agent and HAProxy (docs/adr/0006): any answer from 200 to 499 is healthy. Never rejects. */
export function checkOnce(target: CheckTarget, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const { address: host, port, path, timeoutMs } = target;
    const asked =
      path === ''
        ? connect({ host, port }, () => end('passes'))
        : request({ host, port, path, agent: false, headers: { 'user-agent': 'muster-check' } }, (response) => {
            const status = response.statusCode ?? 0;
            end(status >= 200 && status <= 499 ? 'passes' : 'answers');
          }).end();
    const silent = () => end('silent');
    const startedMs = monotonicMs();
    const late = () => monotonicMs() - startedMs > timeoutMs + HELD_UP_MS;
    const timer = setTimeout(() => end(late() ? 'unclear' : 'silent'), timeoutMs);
    const end = (result: CheckResult) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', silent);
      resolve(result);
      asked.destroy();
    };
    // A destroyed request tells of it by an error, which nobody waits for any more.
    asked.on('error', silent);
    signal.addEventListener('abort', silent);
    if (signal.aborted) silent();
  });
}
