/** One request as its client saw it. */
export interface ProbeRecord {
  /** Number of the request, from 1. */
  readonly n: number;
  /** Number of the client that sent it, from 1; with cookies it is a session too. */
  readonly client: number;
  /** What a hashing strategy decides by; null where none does. */
  readonly key: string | null;
  readonly tookMs: number;
  /** null: no complete answer. */
  readonly status: number | null;
  /** Who answered, as the answer says; null when it says nothing. */
  readonly member: string | null;
  /** `sessionViews` of a JSON answer; null when there is none. */
  readonly views: number | null;
  /** Why there is no complete answer: `ECONNRESET`, `timeout`, … */
  readonly error: string | null;
}

/**
 * No complete answer, or one of 500 and above: by the rule that the health checks have, everything below 500 is an answer
 * of a working member. A reset of a reused connection counts too, because a client that may not repeat sees it.
 */
export function isFailed({ error, status }: ProbeRecord): boolean {
  return error !== null || status === null || status >= 500;
}
