import type { DrainBoard, Intent, MemberSet, MembershipSource } from '@muster/membership';

/** The newest answers of the registry, by service. */
export interface Answers {
  /** Null before the first one. */
  readonly sets: ReadonlyMap<string, MemberSet | null>;
  readonly intents: ReadonlyMap<string, ReadonlyMap<string, Intent>>;
}

export interface InputsOptions {
  readonly services: readonly string[];
  readonly source: MembershipSource;
  readonly board: DrainBoard;
  /** Members that an operator had drained when this was last known: they stay drained until the registry has answered. */
  readonly drained: (service: string) => readonly string[];
  /** Called after every change. */
  readonly onChange: () => void;
}

/** Follows every service's members and intents, and keeps the newest of each. */
export interface Inputs {
  answers(): Answers;
  /** Whether every service has been answered for. */
  complete(): boolean;
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createInputs({ services, source, board, drained, onChange }: InputsOptions): Inputs {
  const sets = new Map<string, MemberSet | null>(services.map((service) => [service, null]));
  const kept = (service: string) => new Map(drained(service).map((id) => [id, 'drain' as const]));
  const intents = new Map<string, ReadonlyMap<string, Intent>>(services.map((service) => [service, kept(service)]));
  return {
    answers: () => ({ sets, intents }),
    complete: () => [...sets.values()].every((set) => set !== null),
    async run(signal) {
      await Promise.all(
        services.flatMap((service) => [
          follow(source.watch(service, signal), sets, service),
          follow(board.watchIntents(service, signal), intents, service),
        ]),
      );
    },
  };

  async function follow<T>(
    changes: AsyncIterable<T>,
    newest: Map<string, T | null> | Map<string, T>,
    service: string,
  ): Promise<void> {
    for await (const value of changes) {
      newest.set(service, value);
      onChange();
    }
  }
}
