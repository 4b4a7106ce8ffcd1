import { MusterError } from '../errors.js';
import type { TextAnswer } from './fetch-text.js';
import { textIn } from './xml.js';

/** Codes of AWS → ours (Auto Scaling API reference, "Common errors"; IAM's of SigV4). */
const CODES: Readonly<Record<string, string>> = {
  Throttling: 'aws-throttled',
  ThrottlingException: 'aws-throttled',
  RequestLimitExceeded: 'aws-throttled',
  ResourceContention: 'aws-throttled',
  ExpiredToken: 'aws-credentials',
  ExpiredTokenException: 'aws-credentials',
  InvalidClientTokenId: 'aws-credentials',
  SignatureDoesNotMatch: 'aws-credentials',
  RequestExpired: 'aws-credentials',
  AccessDenied: 'aws-denied',
  AccessDeniedException: 'aws-denied',
};

/**
 * What an answer that is no success means. `no-lifecycle-action`: there is nothing to heartbeat or to complete, either not
 * yet or not any more. All others may go away by themselves, a missing right too, once somebody grants it.
 */
export function autoScalingFailure(action: string, { status, text }: TextAnswer): MusterError {
  const code = textIn(text, 'Code') ?? `status ${status}`;
  const message = textIn(text, 'Message') ?? text.slice(0, 200);
  const what = `${action}: ${code}: ${message}`;
  if (code === 'ValidationError' && /no active lifecycle action/i.test(message))
    return new MusterError('no-lifecycle-action', what);
  if (code === 'ValidationError') return new MusterError('aws-invalid', what);
  return new MusterError(CODES[code] ?? (status >= 500 ? 'aws-unavailable' : 'aws-refused'), what, { retryable: true });
}
