import type { AddressPolicy } from '../address-policy.js';
import { MusterError } from '../errors.js';
import { latest } from '../latest.js';
import type { MemberSet } from '../member.js';
import { newerSet, sameSet } from '../same-set.js';
import { buildMemberSet } from '../schema.js';
import type { MembershipSource, SourceObserver } from '../source.js';
import type { MemoryStore } from './store.js';

interface Options {
  readonly store: MemoryStore;
  readonly policy: AddressPolicy;
  readonly observer?: SourceObserver;
}

export function memorySource({ store, policy, observer }: Options): MembershipSource {
  return {
    name: 'memory',
    watch: (service, signal) =>
      latest<MemberSet>(
        signal,
        (publish, stop) => {
          let last: MemberSet | null = null;
          let faulty = false;
          const look = () => {
            const afterFault = faulty;
            faulty = !store.reachable;
            if (faulty && !afterFault) observer?.onFault(service, unreachable());
            if (faulty) return;
            if (afterFault) observer?.onRecovered(service);
            const set = { ...build(store, service, policy), afterFault };
            if (!afterFault && last && sameSet(last, set)) return;
            last = set;
            publish(set);
          };
          return store.follow(look, stop);
        },
        newerSet,
      ),
  };
}

function build(store: MemoryStore, service: string, policy: AddressPolicy): MemberSet {
  const entries = [...store.members].filter(([key]) => key.startsWith(`${service}/`)).map(([, entry]) => entry);
  return buildMemberSet(service, String(store.index), entries, policy);
}

function unreachable(): MusterError {
  return new MusterError('registry-unreachable', 'memory registry: made unreachable by a test', { retryable: true });
}
