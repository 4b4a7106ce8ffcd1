import type { DrainBoard, Intent, MemberSet, MembershipSource } from '@muster/membership';

/** The newest answer of the registry for one service. Null until the first one. */
export interface ServiceInputs {
  readonly set: MemberSet | null;
  readonly intents: ReadonlyMap<string, Intent> | null;
}

export interface InputsOptions {
  readonly services: readonly string[];
  readonly source: MembershipSource;
  readonly board: DrainBoard;
  /** Called after every change. */
  readonly onChange: () => void;
}

/** Follows every service's members and intents, and keeps the newest of each. */
export interface Inputs {
  get(service: string): ServiceInputs;
  /** Runs until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export function createInputs({ services, source, board, onChange }: InputsOptions): Inputs {
  const latest = new Map<string, ServiceInputs>(services.map((service) => [service, { set: null, intents: null }]));
  const get = (service: string) => latest.get(service) ?? { set: null, intents: null };
  const update = (service: string, change: Partial<ServiceInputs>) => {
    latest.set(service, { ...get(service), ...change });
    onChange();
  };
  return {
    get,
    async run(signal) {
      await Promise.all(
        services.flatMap((service) => [
          follow(source.watch(service, signal), (set) => update(service, { set })),
          follow(board.watchIntents(service, signal), (intents) => update(service, { intents })),
        ]),
      );
    },
  };
}

async function follow<T>(changes: AsyncIterable<T>, take: (value: T) => void): Promise<void> {
  for await (const value of changes) take(value);
}
