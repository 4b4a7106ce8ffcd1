import type { SourceObserver } from '@muster/membership';
import type { ClusterEvent } from '../events/event.js';

/** Registry faults become events; whether it answers is kept for the status. */
export function observeRegistry(publish: (event: ClusterEvent) => void): {
  readonly observer: SourceObserver;
  readonly reachable: () => boolean;
} {
  const faulty = new Set<string>();
  const tell = (type: ClusterEvent['type'], service: string, message: string) =>
    publish({ type, service, member: null, message, detail: {} });
  return {
    reachable: () => faulty.size === 0,
    observer: {
      onFault(service, error) {
        faulty.add(service);
        tell('registry-fault', service, `${error.message}: the last good set stays`);
      },
      onRecovered(service) {
        faulty.delete(service);
        tell('registry-recovered', service, `the registry answers again for ${service}`);
      },
    },
  };
}
