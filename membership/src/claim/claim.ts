import { withDeadline } from '../deadline.js';
import { ownAddresses } from '../own-address.js';
import type { ConsulAccess } from './ask.js';
import { claimInConsul } from './consul.js';
import type { Place } from './place.js';

/** Where entries are: Consul, or the directory of the file registry. */
export type ClaimRegistry = { readonly consul: ConsulAccess } | { readonly dir: string };

const NEVER = new AbortController().signal;

/**
 * Removes the entries of other members at our own address and port, of whatever service, and gives them as `service/id`.
 * Only one process can listen there, and that is going to be our app: who was there before has died without a word, and
 * its lease may still run.
 * Without this the balancer's check of the dead member would pass as soon as our app answers, so that requests meant for
 * the one reached the other, and the registry's older entry would keep ours out. Best before the app is started.
 *
 * An agent that does live at this place, by a mistake in somebody's settings, brings its entry back with its next
 * heartbeat. An address that is not this machine's own (behind a NAT) proves nothing, so nothing is done.
 */
export async function claimPlace(registry: ClaimRegistry, place: Place, deadlineMs: number): Promise<string[]> {
  if (!ownAddresses().includes(place.address)) return [];
  const claim = await claimIn(registry);
  return withDeadline(deadlineMs, NEVER, (signal) => claim(place, signal));
}

async function claimIn(registry: ClaimRegistry): Promise<(place: Place, signal: AbortSignal) => Promise<string[]>> {
  if ('consul' in registry) return (place, signal) => claimInConsul(registry.consul, place, signal);
  // Not imported where it is not needed: the start of a container waits for this. The deadline is for the registry alone.
  const { claimInFiles } = await import('./file.js');
  return (place, signal) => claimInFiles(registry.dir, place, signal);
}
