import { join } from 'node:path';
import type { AddressPolicy } from '../address-policy.js';
import { monotonicMs } from '../clock.js';
import type { MusterError } from '../errors.js';
import { latest } from '../latest.js';
import type { MemberSet } from '../member.js';
import { newerSet, sameSet } from '../same-set.js';
import { buildMemberSet, byId } from '../schema.js';
import type { MembershipSource, SourceObserver } from '../source.js';
import { type Document, removeDocument } from './document.js';
import { watchFolder } from './folder.js';
import { Leases } from './leases.js';
import { memberFolder, SUFFIX } from './paths.js';

export interface FileSourceOptions {
  /** Directory of the registry (`REGISTRY_DIR`). */
  readonly dir: string;
  readonly policy: AddressPolicy;
  readonly observer?: SourceObserver;
  /** How long a failed member keeps its file; default one minute, Consul's smallest `deregister_critical_service_after`. */
  readonly reapAfterMs?: number;
}

/** Members as files `<dir>/members/<service>/<id>.json`, watched with chokidar. A lost folder is a fault, never an empty set. */
export function fileSource(options: FileSourceOptions): MembershipSource {
  return {
    name: 'file',
    watch: (service, signal) =>
      latest<MemberSet>(signal, (publish, stop) => new MemberWatch(options, service, publish, stop).run(), newerSet),
  };
}

class MemberWatch {
  readonly #options: FileSourceOptions;
  readonly #service: string;
  readonly #publish: (set: MemberSet) => void;
  readonly #signal: AbortSignal;
  readonly #leases: Leases;
  // Sets of a watcher that starts later are newer than those that an earlier one saved.
  #index = Date.now();
  #last: MemberSet | null = null;
  #faulty = false;

  constructor(options: FileSourceOptions, service: string, publish: (set: MemberSet) => void, signal: AbortSignal) {
    this.#options = options;
    this.#service = service;
    this.#publish = publish;
    this.#signal = signal;
    this.#leases = new Leases(service);
  }

  run(): Promise<void> {
    const path = memberFolder(this.#options.dir, this.#service);
    return watchFolder(
      {
        path,
        whenLost: 'fault',
        looked: (files) => this.#looked(files, path),
        fault: (error) => this.#fault(error),
        dueInMs: () => this.#leases.dueInMs(monotonicMs()),
      },
      this.#signal,
    );
  }

  #looked(files: ReadonlyMap<string, Document>, path: string): void {
    const nowMs = monotonicMs();
    const changed = this.#leases.update(files, nowMs);
    const afterFault = this.#faulty;
    this.#faulty = false;
    if (afterFault) this.#options.observer?.onRecovered(this.#service);
    this.#reap(path, nowMs);
    if (!changed && !afterFault && this.#last) return;
    const set = this.#build(afterFault);
    // A recovery is told even when the set looks the same: that is how a reader learns that what it holds is confirmed.
    if (!afterFault && this.#last && sameSet(this.#last, set)) return;
    this.#last = set;
    this.#index += 1;
    this.#publish(set);
  }

  #build(afterFault: boolean): MemberSet {
    const set = buildMemberSet(this.#service, String(this.#index), this.#leases.candidates(), this.#options.policy);
    const rejected = [...set.rejected, ...this.#leases.rejections()].sort(byId);
    return { ...set, afterFault, rejected };
  }

  #fault(error: MusterError): void {
    if (this.#faulty) return;
    this.#faulty = true;
    this.#options.observer?.onFault(this.#service, error);
  }

  #reap(path: string, nowMs: number): void {
    for (const name of this.#leases.reapable(this.#options.reapAfterMs ?? 60_000, nowMs)) {
      // A file that cannot be removed stays failed, and the next look tries again.
      void removeDocument(join(path, name + SUFFIX), this.#signal).catch(() => {});
    }
  }
}
