import { errorMessage, MusterError } from '../errors.js';

/** Statuses that the same request gets again until somebody changes a token, a policy or the request. */
const REFUSED = new Set([400, 401, 403, 404, 405]);

/**
 * What went wrong between us and Consul, in our words: `consul-unreachable` (no complete answer in time),
 * `consul-answer-invalid`, `consul-not-found` (404), `consul-refused` (other 4xx), `consul-failed` (5xx, 429). The npm
 * client's own error is not kept as the cause: it holds the request with the token in its headers.
 */
export function consulFailure(thrown: unknown, attempted: string): MusterError {
  if (thrown instanceof MusterError) {
    return new MusterError(thrown.code, `${attempted}: ${thrown.message}`, { retryable: thrown.retryable });
  }
  const response = responseOf(thrown);
  if (response) return refusal(response.status, response.body, attempted);
  if (has(thrown, 'isCodec')) {
    return new MusterError('consul-answer-invalid', `${attempted}: the answer is not JSON`, { retryable: true });
  }
  if (has(thrown, 'isValidation')) {
    return new MusterError('consul-request-invalid', `${attempted}: ${errorMessage(thrown)}`);
  }
  const message = `${attempted}: no answer (${errorMessage(thrown)}). Is Consul running there, and has it a leader?`;
  return new MusterError('consul-unreachable', message, { retryable: true });
}

function refusal(status: number, body: string, attempted: string): MusterError {
  const message = `${attempted}: Consul answered ${status}${body === '' ? '' : ` (${body})`}`;
  if (status === 404) return new MusterError('consul-not-found', message);
  if (status === 401 || status === 403) return new MusterError('consul-refused', `${message}. Check CONSUL_HTTP_TOKEN`);
  return REFUSED.has(status)
    ? new MusterError('consul-refused', message)
    : new MusterError('consul-failed', message, { retryable: true });
}

function responseOf(thrown: unknown): { status: number; body: string } | null {
  if (!has(thrown, 'isResponse') || !has(thrown, 'response')) return null;
  const { response } = thrown;
  if (!has(response, 'statusCode') || typeof response.statusCode !== 'number') return null;
  return { status: response.statusCode, body: has(response, 'body') ? printable(response.body) : '' };
}

/** Bodies come from outside: one short line without control characters. */
function printable(body: unknown): string {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? String(body) : (JSON.stringify(body) ?? '');
  return text
    .slice(0, 300)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && key in value;
}
