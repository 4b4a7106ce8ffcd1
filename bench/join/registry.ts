/** Where a member answers. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A registry as the benchmark uses it: past the product's client, except where a member itself would use it. */
export interface BenchRegistry {
  /** For the heading, such as `Consul 1.8.7`. */
  readonly title: string;
  /** Puts a member in, as an agent's join does. */
  join(service: string, id: string, endpoint: Endpoint): Promise<void>;
  leave(service: string, id: string): Promise<void>;
  /** Begins to wait for `id`; resolves once the wait is armed. */
  expect(service: string, id: string): Promise<Expectation>;
  close(): void;
}

/** A wait in the background. */
export interface Expectation {
  /** Resolves when the registry has told us, as it tells the watcher, that the member is there. */
  readonly told: Promise<void>;
}
