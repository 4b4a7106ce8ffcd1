/** What the command line and a scenario agree on. */
export interface ScenarioOptions {
  /** The folder of the recordings. */
  readonly logs: string;
  /** Leave the cluster running at the end. */
  readonly keep: boolean;
  /** Aborts on Ctrl-C: what was started is taken down then, and nothing is written. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** One recording: runs a cluster, and writes into `logs` only when all of it went as it should. */
export interface Scenario {
  readonly name: string;
  /** For the help text. */
  readonly about: string;
  /** A Docker engine with Compose. */
  readonly needsDocker: boolean;
  run(options: ScenarioOptions): Promise<void>;
}
