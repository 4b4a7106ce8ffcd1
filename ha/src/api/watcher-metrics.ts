import { Counter, Gauge, type Registry } from 'prom-client';
import type { WatcherView } from '../watcher/status.js';

const STATUSES = ['alive', 'leaving', 'failed'] as const;

/** Adds to `registry` what is read from the watcher's latest pass at the moment of each scrape. Call it once per registry. */
export function registerWatcherMetrics(registry: Registry, view: WatcherView): void {
  registerMembers(registry, view);
  registerReloads(registry, view);
  registerFlag(
    registry,
    'muster_registry_reachable',
    '1 while the registry answers.',
    () => view.status().registry.reachable,
  );
  registerFlag(
    registry,
    'muster_in_sync',
    '1 while the running balancer equals the membership.',
    () => view.status().inSync,
  );
}

function registerMembers(registry: Registry, view: WatcherView): void {
  new Gauge({
    name: 'muster_members',
    help: 'Members by service and status.',
    labelNames: ['service', 'status'],
    registers: [registry],
    collect() {
      this.reset();
      // A status that nobody has reads 0: an alert on `failed > 0` needs the series to exist.
      for (const service of view.status().services) for (const status of STATUSES) this.set({ service, status }, 0);
      for (const { service, status } of view.members()) this.inc({ service, status });
    },
  });
}

/** A counter although it is read, not counted here: the driver counts reloads and the value never falls. */
function registerReloads(registry: Registry, view: WatcherView): void {
  new Counter({
    name: 'muster_reloads_total',
    help: 'Reloads of the balancer by this watcher.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(view.status().reloads);
    },
  });
}

function registerFlag(registry: Registry, name: string, help: string, read: () => boolean): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read() ? 1 : 0);
    },
  });
}
