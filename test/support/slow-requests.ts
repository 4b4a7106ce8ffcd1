/** The answer to a slow request. */
export interface SlowAnswer {
  readonly status: number;
  readonly backend: string | null;
  /** When it was complete, on the clock of `performance.now()`. */
  readonly endMs: number;
}

/**
 * Sends requests that take `ms`. As many as members, and before any other load: then round robin gives one to each.
 */
export function slowRequests(url: string, count: number, ms: number): Promise<SlowAnswer[]> {
  return Promise.all(Array.from({ length: count }, () => slowRequest(url, ms)));
}

async function slowRequest(url: string, ms: number): Promise<SlowAnswer> {
  const answer = await fetch(`${url}slow?ms=${ms}`, { signal: AbortSignal.timeout(ms + 17_000) });
  await answer.text();
  return { status: answer.status, backend: answer.headers.get('x-backend'), endMs: performance.now() };
}
