/** What one run of load gave. */
export interface LoadResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

export interface LoadGenerator {
  /** For the heading. */
  readonly title: string;
  /** Runs closed-loop, kept-alive clients. Rejects when one request failed: a fast failure must not count. */
  run(url: string, seconds: number): Promise<LoadResult>;
}

/** As many as the scenarios of the tests use. */
export const CONNECTIONS = 16;
