import { Counter, type Registry } from 'prom-client';
import type { ClusterEventType } from './event.js';
import type { EventSink } from './sink.js';

type ApplyOutcome = 'applied' | 'refused' | 'failed';

/** Event → label `result` of `muster_applies_total`. */
const APPLY_OUTCOMES: Partial<Record<ClusterEventType, ApplyOutcome>> = {
  'config-applied': 'applied',
  'config-refused': 'refused',
  'apply-failed': 'failed',
};

/** Counts events in `registry`. What has a present value (members, sync) is read at the scrape: `api/watcher-metrics.ts`. */
export function createMetricsSink(registry: Registry): EventSink {
  const registers = [registry];
  const events = new Counter({ name: 'muster_events_total', help: 'Events by type.', labelNames: ['type'], registers });
  const rejected = new Counter({
    name: 'muster_rejected_members_total',
    help: 'Registry entries left out because they broke the schema, by service.',
    labelNames: ['service'],
    registers,
  });
  const applies = new Counter({
    name: 'muster_applies_total',
    help: 'Configurations applied, configurations refused by validation, and applies that failed.',
    labelNames: ['result'],
    registers,
  });
  // A counter that starts at its first fault hides that fault from rate(): each result exists from the beginning.
  for (const result of ['applied', 'refused', 'failed'] satisfies ApplyOutcome[]) applies.inc({ result }, 0);
  return {
    name: 'metrics',
    emit({ type, service }) {
      events.inc({ type });
      if (type === 'member-rejected') rejected.inc({ service: service ?? '' });
      const result = APPLY_OUTCOMES[type];
      if (result) applies.inc({ result });
    },
    async close() {},
  };
}
