import { META } from '../consul/meta.js';
import { withDeadline } from '../deadline.js';
import { ask, type ConsulAccess } from './ask.js';
import { isRival, type Place, removeEach } from './place.js';

/**
 * While there is no leader the Consul agent answers a change after 7 s only, and nothing else meanwhile. It carries out all
 * that it was sent, so the next call must not wait for that.
 */
const FAIL_MS = 300;

/**
 * Takes the entries of others at our place, of whatever service, out of Consul; gives them as `service/id`. It looks at
 * what the Consul agent itself holds, which needs no leader; an entry of another Consul agent cannot be changed here, and
 * its lease ends by itself.
 */
export async function claimInConsul(consul: ConsulAccess, place: Place, signal: AbortSignal): Promise<string[]> {
  const listed: unknown = JSON.parse((await ask(consul, 'GET', 'agent/services', signal)) ?? '{}');
  const entries = isRecord(listed) ? Object.values(listed).map(entryOf) : [];
  return removeEach(
    entries.filter((entry) => isRival(entry, place)),
    ({ serviceId }) => remove(consul, serviceId, place, signal),
  );
}

/** False when the entry is gone, or has another address by now. */
async function remove(consul: ConsulAccess, serviceId: string, place: Place, signal: AbortSignal): Promise<boolean> {
  const id = encodeURIComponent(serviceId);
  const now = await ask(consul, 'GET', `agent/service/${id}`, signal);
  if (now === null || !isRival(entryOf(JSON.parse(now)), place)) return false;
  // Called failed first, so that it is told as what it is: not a leave. Without this it is removed all the same.
  const note = encodeURIComponent(`${place.id} has its address now`);
  const fail = `agent/check/fail/service:${id}?note=${note}`;
  await withDeadline(FAIL_MS, signal, (bounded) => ask(consul, 'PUT', fail, bounded)).catch(() => {});
  return (await ask(consul, 'PUT', `agent/service/deregister/${id}`, signal)) !== null;
}

function entryOf(entry: unknown) {
  const service = isRecord(entry) ? entry : {};
  const meta = isRecord(service.Meta) ? service.Meta : {};
  return {
    serviceId: String(service.ID),
    service: service.Service,
    id: meta[META.id],
    boot: meta[META.boot],
    address: service.Address,
    port: service.Port,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
