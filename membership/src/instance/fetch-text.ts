import { withDeadline } from '../deadline.js';
import { errorMessage, MusterError } from '../errors.js';

/** An answer, whatever its status. */
export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * One HTTP request with one deadline for all of it, its body included. Redirects are not followed: neither the metadata
 * service nor AWS sends any.
 * @throws MusterError `http-unreachable` (retryable) that names method and URL.
 */
export async function fetchText(request: Request, timeoutMs: number, signal: AbortSignal): Promise<TextAnswer> {
  try {
    return await withDeadline(timeoutMs, signal, async (deadline) => {
      const answer = await fetch(request, { signal: deadline, redirect: 'manual' });
      return { status: answer.status, text: await answer.text() };
    });
  } catch (thrown) {
    const what = `${request.method} ${request.url}: ${reasonOf(thrown)}`;
    throw new MusterError('http-unreachable', what, { retryable: true, cause: thrown });
  }
}

/** `fetch` says "fetch failed" of everything, and why in the cause. */
function reasonOf(thrown: unknown): string {
  return errorMessage(thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown);
}
