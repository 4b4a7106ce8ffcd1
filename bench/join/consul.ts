import { setTimeout as delay } from 'node:timers/promises';
import { plainHttp } from './http.js';
import type { BenchRegistry, Endpoint } from './registry.js';

/** Long enough for a query to be asked and to lie in wait. */
const ARM_MS = 40;

/** Plain HTTP to a real Consul: the same body that an agent's registrar sends, and one blocking query. */
export function consulBench(address: string, version: string): BenchRegistry {
  const writer = plainHttp(address);
  const reader = plainHttp(address);
  return {
    title: `Consul ${version}`,
    async join(service, id, endpoint) {
      await writer.send('PUT', 'agent/service/register', registration(service, id, endpoint));
    },
    async leave(service, id) {
      await writer.send('PUT', `agent/service/deregister/${service}:${id}`);
    },
    async expect(service, id) {
      const path = `health/service/${service}`;
      const first = await reader.send('GET', path);
      const told = (async () => {
        let { headers } = first;
        for (;;) {
          const index = String(headers['x-consul-index']);
          const answer = await reader.send('GET', `${path}?index=${index}&wait=60s`);
          if (answer.body.includes(`"${service}:${id}"`)) return;
          headers = answer.headers;
        }
      })();
      told.catch(() => undefined);
      await delay(ARM_MS);
      return { told };
    },
    close() {
      writer.close();
      reader.close();
    },
  };
}

/** The lease is long, because here nobody beats. */
function registration(service: string, id: string, { address, port }: Endpoint) {
  return {
    ID: `${service}:${id}`,
    Name: service,
    Address: address,
    Port: port,
    Meta: { 'muster-id': id, 'muster-weight': '1', 'muster-boot': '0123456789abcdef', 'muster-role': 'backend' },
    Check: {
      CheckID: `service:${service}:${id}`,
      Name: `lease of ${id}`,
      TTL: '3600s',
      Status: 'passing',
      DeregisterCriticalServiceAfter: '3600s',
    },
  };
}
