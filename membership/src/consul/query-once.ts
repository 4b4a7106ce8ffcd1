import { MusterError } from '../errors.js';
import type { QueryAnswer } from './blocking-query.js';
import type { CallContext, ConsulAnswer, ConsulClient, Endpoint } from './client.js';

/** Endpoint options of one blocking query, to be spread beside the endpoint's own. */
export type QueryContext = CallContext & {
  readonly index: string;
  readonly wait: string;
  readonly consistent: boolean;
};

/**
 * For an answer that Consul owes at once (index 0): the attempts after a fault, which must not outlive the fault by much.
 * For one that it was asked to hold there is more, because an election may come between.
 */
const AT_ONCE_MS = 3_000;
const AFTER_HOLDING_MS = 5_000;

/**
 * Runs one blocking query and gives its answer with the index from the headers. An answer of a Consul that knows no
 * leader, or without an index, rejects as `consul-answer-invalid`: it may be old or false (Consul documentation,
 * "Consistency modes"), so nobody may act on it.
 *
 * What is asked at once (index 0: at the start, after a fault, after an index that went back) is a consistent read: a
 * leader that was just elected answers others before it has replayed its log, with fewer members than it knows (measured
 * on 1.8.7: up to 50 empty answers after one restart).
 */
export async function queryOnce(
  client: ConsulClient,
  attempted: string,
  endpoint: Endpoint<QueryContext>,
  query: { readonly index: bigint; readonly waitMs: number; readonly signal: AbortSignal },
): Promise<QueryAnswer<unknown>> {
  const blocking = { index: String(query.index), wait: `${query.waitMs}ms`, consistent: query.index === 0n };
  // Consul adds up to wait/16 of its own.
  const deadlineMs = query.index === 0n ? AT_ONCE_MS : query.waitMs * (1 + 1 / 16) + AFTER_HOLDING_MS;
  const ask: Endpoint<CallContext> = (consul, context) => endpoint(consul, { ...context, ...blocking });
  const answer = await client.call(attempted, ask, query.signal, deadlineMs);
  return { index: indexOf(answer, `${attempted} at ${client.address.text}`), value: answer.body };
}

function indexOf({ headers }: ConsulAnswer, attempted: string): bigint {
  if (headers['x-consul-knownleader'] !== 'true') throw invalidAnswer(attempted, 'Consul knows no leader');
  const text = headers['x-consul-index'];
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) throw invalidAnswer(attempted, 'no X-Consul-Index');
  return BigInt(text);
}

/** An answer that nobody may act on. Retryable: the next one may be good. */
export function invalidAnswer(attempted: string, reason: string): MusterError {
  return new MusterError('consul-answer-invalid', `${attempted}: the answer cannot be used: ${reason}`, {
    retryable: true,
  });
}
