import type { AddressPolicy } from '../address-policy.js';
import type { DrainBoard } from '../drain-board.js';
import type { Registrar } from '../registrar.js';
import type { MembershipSource, SourceObserver } from '../source.js';
import type { WeightBoard } from '../weight-board.js';
import { memoryDrainBoard } from './drain-board.js';
import { memoryRegistrar } from './registrar.js';
import { memorySource } from './source.js';
import { type MemoryStore, memoryStore } from './store.js';
import { memoryWeightBoard } from './weight-board.js';

export interface MemoryRegistryOptions {
  readonly policy: AddressPolicy;
  readonly observer?: SourceObserver;
  /** Lease of the members of `registrar`; default one minute. */
  readonly ttlMs?: number;
  /** To let several clients share one registry; default a new one. */
  readonly store?: MemoryStore;
}

/** A client of a registry in memory, for tests of whatever uses a registry. It passes the same contract suites. */
export interface MemoryRegistry {
  readonly source: MembershipSource;
  readonly registrar: Registrar;
  readonly board: DrainBoard;
  readonly weights: WeightBoard;
  readonly store: MemoryStore;
  readonly faults: {
    /** From now on every call rejects with `registry-unreachable`, and watches stay silent. */
    fail(): void;
    recover(): void;
  };
}

export function memoryRegistry(options: MemoryRegistryOptions): MemoryRegistry {
  const store = options.store ?? memoryStore();
  return {
    source: memorySource({ ...options, store }),
    registrar: memoryRegistrar({ store, ttlMs: options.ttlMs ?? 60_000 }),
    board: memoryDrainBoard({ store }),
    weights: memoryWeightBoard({ store }),
    store,
    faults: {
      fail() {
        store.reachable = false;
      },
      recover() {
        store.reachable = true;
      },
    },
  };
}
