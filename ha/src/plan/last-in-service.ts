import type { DesiredServer, RunningServer } from './desired.js';

/**
 * The only server of a backend that serves, or null: there are several, none, or one that is only just added. When a
 * machine starves, healthy apps answer their checks too late, all at the same time. To take the last one out for that
 * helps nobody: every request would be refused, while the app would have answered late.
 */
export function lastInService(
  wanted: Iterable<Pick<DesiredServer, 'name' | 'admin' | 'weight'>>,
  running: ReadonlyMap<string, RunningServer>,
): string | null {
  // A server that is being added serves at once.
  const serving = [...wanted].filter(
    ({ name, admin, weight }) => admin === 'ready' && weight > 0 && running.get(name)?.health !== 'down',
  );
  const [only, another] = serving;
  return only && !another && running.get(only.name)?.health === 'up' ? only.name : null;
}
