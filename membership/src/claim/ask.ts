import type { ConsulAddress } from '../consul/address.js';
import { patientLookup } from '../consul/lookup.js';
import { http, https } from '../http.js';

/** Where Consul is, and what it asks for. */
export interface ConsulAccess {
  readonly address: ConsulAddress;
  readonly token: string | null;
}

/** A thousand services on one Consul agent are a twentieth of this. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Node's own would keep the process from ending while the DNS is silent. */
const lookup = patientLookup();

/**
 * The body of Consul's answer; null when it does not know what is asked for (404), and rejects when it is none of both.
 * Without the npm client: the start of a container waits for this.
 */
export function ask(
  { address, token }: ConsulAccess,
  method: 'GET' | 'PUT',
  path: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { request: send } = address.secure ? https : http;
  const headers = token === null ? {} : { 'x-consul-token': token };
  const { host, port } = address;
  const options = { host, port, path: `/v1/${path}`, method, headers, signal, lookup, agent: false };
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
        else if (answer.statusCode === 404) resolve(null);
        else reject(new Error(`${method} ${path}: Consul answered ${answer.statusCode}`));
      });
    });
    asked.once('error', reject).end();
  });
}
