import type { DesiredServer, RunningServer } from './desired.js';

/**
 * The only server of a backend that serves, or null: there are several, none, or one that is only just added. When a
 * machine starves, healthy apps answer their checks too late, all at the same time. To take the last one out for that
 * helps nobody: every request would be refused, while the app would have answered late. Where the watcher tells the balancer
 * what the checks found, several can be found down in one look: one that is not told yet is then the last.
 */
export function lastInService(
  wanted: Iterable<Pick<DesiredServer, 'name' | 'admin' | 'weight'>>,
  running: ReadonlyMap<string, RunningServer>,
): string | null {
  // A server that is being added serves at once.
  const open = [...wanted].filter(({ admin, weight }) => admin === 'ready' && weight > 0);
  const [only, another] = open.filter(({ name }) => running.get(name)?.health !== 'down');
  if (another) return null;
  if (only) return running.get(only.name)?.health === 'up' ? only.name : null;
  return open.find(({ name }) => running.get(name)?.markedDown === false)?.name ?? null;
}
