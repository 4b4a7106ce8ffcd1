import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/** One kept-alive connection to Consul, without anything of the product in between. */
export interface PlainHttp {
  /** Resolves with the whole answer; rejects when it is not 200. */
  send(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<Answer>;
  close(): void;
}

export function plainHttp(address: string): PlainHttp {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true });
  const [host = '', port = ''] = address.split(':');
  return {
    close: () => agent.destroy(),
    send(method, path, body) {
      return new Promise((resolve, reject) => {
        const text = body === undefined ? '' : JSON.stringify(body);
        const headers = method === 'PUT' ? { 'content-length': Buffer.byteLength(text) } : {};
        const sent = request({ host, port, method, path: `/v1/${path}`, agent, headers }, (response) => {
          let received = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            received += chunk;
          });
          response.once('error', reject);
          response.once('end', () => {
            if (response.statusCode === 200) resolve({ headers: response.headers, body: received });
            else reject(new Error(`${method} ${path}: ${response.statusCode} ${received}`));
          });
        });
        sent.once('error', reject);
        sent.end(text);
      });
    },
  };
}
