import type { Acknowledgement, Intent } from '../drain-board.js';
import { MusterError } from '../errors.js';
import { checkedName } from '../schema.js';

/** What a fake registry holds of one member. */
export interface MemoryEntry {
  /** As they would come from outside: anything. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly age: number;
  readonly lease: NodeJS.Timeout | null;
}

/** The content of a fake registry; several clients may share one. `<service>/<id>` and longer paths are the keys. */
export class MemoryStore {
  readonly members = new Map<string, MemoryEntry>();
  readonly acknowledgements = new Map<string, Acknowledgement>();
  readonly intents = new Map<string, Intent>();
  /** As they would come from outside: anything. */
  readonly weights = new Map<string, unknown>();
  readonly #listeners = new Set<() => void>();
  #index = 0;
  #joined = 0;
  #reachable = true;

  get index(): number {
    return this.#index;
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  set reachable(reachable: boolean) {
    this.#reachable = reachable;
    this.#tell();
  }

  /** Creates or replaces an entry. After `ttlMs` without another `put` it is failed, unless it is leaving. */
  put(service: string, id: string, fields: MemoryEntry['fields'], ttlMs?: number): void {
    const key = `${service}/${id}`;
    const before = this.members.get(key);
    if (before?.lease) clearTimeout(before.lease);
    const lease = ttlMs === undefined ? null : setTimeout(() => this.#expire(key), ttlMs).unref();
    this.members.set(key, { fields, age: before?.age ?? this.#joined++, lease });
    this.changed();
  }

  remove(service: string, id: string): void {
    const key = `${service}/${id}`;
    const lease = this.members.get(key)?.lease;
    if (lease) clearTimeout(lease);
    if (this.members.delete(key)) this.changed();
  }

  /** What a client's call does: `act`, unless the call was aborted or the registry is unreachable. */
  change(signal: AbortSignal, act: () => void): void {
    signal.throwIfAborted();
    this.assertReachable();
    act();
    this.changed();
  }

  /** To be called after each change of any map. */
  changed(): void {
    this.#index += 1;
    this.#tell();
  }

  /** Calls `listener` now and after each change, until `signal` aborts. */
  follow(listener: () => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners.add(listener);
      const end = () => {
        this.#listeners.delete(listener);
        resolve();
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
      listener();
    });
  }

  /** Throws what a client of an unreachable registry would get. */
  assertReachable(): void {
    if (this.#reachable) return;
    throw new MusterError('registry-unreachable', 'memory registry: made unreachable by a test', { retryable: true });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #expire(key: string): void {
    const entry = this.members.get(key);
    if (entry?.fields.status !== 'alive') return;
    this.members.set(key, { ...entry, fields: { ...entry.fields, status: 'failed' }, lease: null });
    this.changed();
  }
}

/** `<service>/<id>`. @throws MusterError `name-invalid`. */
export function memberKey(service: string, id: string): string {
  return `${checkedName('service', service)}/${checkedName('member id', id)}`;
}

/** An empty registry in memory. */
export function memoryStore(): MemoryStore {
  return new MemoryStore();
}
