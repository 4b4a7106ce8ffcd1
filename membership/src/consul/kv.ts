import { checkedName } from '../schema.js';
import type { ConsulClient } from './client.js';

/** Writes one key; with `cas: 0` only where there is none. */
export async function put(
  client: ConsulClient,
  key: string,
  value: string,
  signal: AbortSignal,
  condition: { cas?: 0 } = {},
): Promise<void> {
  await client.call(`write ${key}`, (consul, call) => consul.kv.set({ key, value, ...condition, ...call }), signal);
}

/** Removes a key, or with `recurse` all that begin with it; also correct when there is none. */
export async function remove(
  client: ConsulClient,
  entry: { key: string; recurse?: true },
  signal: AbortSignal,
): Promise<void> {
  await client.call(`remove ${entry.key}`, (consul, call) => consul.kv.del({ ...entry, ...call }), signal);
}

/** `<service>/<id>`. @throws MusterError `name-invalid`. */
export function memberPath(service: string, id: string): string {
  return `${checkedName('service', service)}/${checkedName('member id', id)}`;
}
