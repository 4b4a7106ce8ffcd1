import type { ConsulAddress } from '../consul/address.js';
import { META } from '../consul/meta.js';
import { http, https } from '../http.js';
import { isRival, type Place } from './place.js';

export interface ConsulAccess {
  readonly address: ConsulAddress;
  readonly token: string | null;
}

/** The catalog of a service with a thousand members is a tenth of this. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Takes the entries of others at our place out of Consul; gives their ids. Each is called failed first, so that it is
 * told as what it is: not a leave. Without the npm client: the start of a container waits for this.
 */
export async function claimInConsul(consul: ConsulAccess, place: Place, signal: AbortSignal): Promise<string[]> {
  const listed: unknown = JSON.parse(
    await ask(consul, 'GET', `catalog/service/${encodeURIComponent(place.service)}`, signal),
  );
  const rivals = (Array.isArray(listed) ? listed : []).map(entryOf).filter((entry) => isRival(entry, place));
  const note = encodeURIComponent(`${place.id} has its address now`);
  for (const { serviceId } of rivals) {
    const id = encodeURIComponent(serviceId);
    // An entry of another Consul agent cannot be changed here: its lease ends by itself.
    await ask(consul, 'PUT', `agent/check/fail/service:${id}?note=${note}`, signal);
    await ask(consul, 'PUT', `agent/service/deregister/${id}`, signal);
  }
  return rivals.map(({ id }) => String(id));
}

function entryOf(entry: Record<string, unknown>) {
  const meta = (entry.ServiceMeta ?? {}) as Record<string, unknown>;
  return {
    serviceId: String(entry.ServiceID),
    id: meta[META.id],
    boot: meta[META.boot],
    address: entry.ServiceAddress || entry.Address,
    port: entry.ServicePort,
  };
}

/** The body of an answer of 200; rejects otherwise. */
function ask({ address, token }: ConsulAccess, method: string, path: string, signal: AbortSignal): Promise<string> {
  const { request: send } = address.secure ? https : http;
  const headers = token === null ? {} : { 'x-consul-token': token };
  const options = {
    host: address.host,
    port: address.port,
    path: `/v1/${path}`,
    method,
    headers,
    signal,
    agent: false,
  };
  return new Promise((resolve, reject) => {
    const asked = send(options, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_ANSWER_BYTES) answer.destroy(new Error(`${path}: the answer is too large`));
      });
      answer.once('error', reject);
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`${method} ${path}: Consul answered ${answer.statusCode}`));
      });
    });
    asked.once('error', reject).end();
  });
}
