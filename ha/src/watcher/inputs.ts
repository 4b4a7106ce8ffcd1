import type { DrainBoard, Intent, MemberSet, MembershipSource, WeightBoard } from '@muster/membership';

/** The newest answers of the registry, by service. */
export interface Answers {
  /** Null before the first one. */
  readonly sets: ReadonlyMap<string, MemberSet | null>;
  readonly intents: ReadonlyMap<string, ReadonlyMap<string, Intent>>;
  /** Weights that operators set, by service and member. */
  readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export interface InputsOptions {
  readonly services: readonly string[];
  readonly source: MembershipSource;
  readonly drainBoard: DrainBoard;
  readonly weightBoard: WeightBoard;
  /** Members that an operator had drained when this was last known: they stay drained until the registry has answered. */
  readonly drained: (service: string) => readonly string[];
  /** The same for the weights that an operator had set. */
  readonly weighed: (service: string) => ReadonlyMap<string, number>;
  /** Called after every change. */
  readonly onChange: () => void;
}

/** Follows every service's members, intents and weights, and keeps the newest of each. */
export interface Inputs {
  /** The newest answers. What a set says of a fault before it stays said until it was taken. */
  take(): Answers;
  /** Whether every service has been answered for. */
  complete(): boolean;
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createInputs(options: InputsOptions): Inputs {
  const { services, source, drainBoard, weightBoard, onChange } = options;
  const sets = new Map<string, MemberSet | null>(services.map((service) => [service, null]));
  const kept = (service: string) => new Map(options.drained(service).map((id) => [id, 'drain' as const]));
  const intents = new Map<string, ReadonlyMap<string, Intent>>(services.map((service) => [service, kept(service)]));
  const weights = new Map(services.map((service) => [service, options.weighed(service)]));
  const taken = new WeakSet<MemberSet>();
  return {
    take() {
      for (const set of sets.values()) if (set) taken.add(set);
      return { sets: new Map(sets), intents: new Map(intents), weights: new Map(weights) };
    },
    complete: () => [...sets.values()].every((set) => set !== null),
    async run(signal) {
      await Promise.all(
        services.flatMap((service) => [
          follow(source.watch(service, signal), (set) => sets.set(service, withFault(set, sets.get(service) ?? null))),
          follow(drainBoard.watchIntents(service, signal), (wishes) => intents.set(service, wishes)),
          follow(weightBoard.watchWeights(service, signal), (asked) => weights.set(service, asked)),
        ]),
      );
    },
  };

  async function follow<T>(changes: AsyncIterable<T>, keep: (value: T) => void): Promise<void> {
    for await (const value of changes) {
      keep(value);
      onChange();
    }
  }

  function withFault(set: MemberSet, before: MemberSet | null): MemberSet {
    return before?.afterFault && !taken.has(before) ? { ...set, afterFault: true } : set;
  }
}
