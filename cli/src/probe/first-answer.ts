import { MusterError } from '@muster/membership';
import { createClient } from './client.js';
import { prepare, type RequestPlan } from './prepare.js';
import { chooseRecogniser, type Recogniser } from './recognise.js';

/**
 * Sends one request that is not counted, so that a wrong address is one error and not ten thousand, and finds out how the
 * answers name their member.
 * @throws `url-unreachable` and `member-unrecognisable`.
 */
export async function firstAnswer(
  plan: RequestPlan,
  asked: Recogniser | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Recogniser> {
  const { url, headers, from } = prepare(plan, { n: 1, client: 1 });
  const client = createClient(url.protocol, { keepAlive: false, timeoutMs, wantsJson: true, from });
  signal.addEventListener('abort', client.close, { once: true });
  const { status, error, ...answer } = await client.send(url, plan.method, headers);
  client.close();
  signal.throwIfAborted();
  if (status !== null) return chooseRecogniser(asked, { ...answer, status });
  const why = error === 'timeout' ? `no answer within ${timeoutMs / 1000} s (--timeout)` : error;
  throw new MusterError(
    'url-unreachable',
    `cannot send requests to ${url.href}: ${why}. Is the cluster running there? \`npx muster probe URL\` names another`,
    { retryable: true },
  );
}
