import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN = 'a-token-of-the-stub';

/** What an instance reaches by HTTP: its metadata (IMDSv2 only), and releases of the Compose plugin. */
export class StubCloud {
  /** Items below `latest/meta-data/`; what is not here is a 404, as on EC2. */
  readonly metadata = new Map([
    ['instance-id', 'i-0123456789abcdef0'],
    ['local-ipv4', '10.20.128.7'],
    ['placement/region', 'eu-central-1'],
  ]);
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What the plugin of an architecture consists of here. */
  static plugin(architecture: string): string {
    return `#!/bin/sh\n# Docker Compose for ${architecture}\n`;
  }

  /** The release that this stub gives, for `compose_plugin`. */
  release(): object {
    const sha256 = (architecture: string) => createHash('sha256').update(StubCloud.plugin(architecture)).digest('hex');
    return { version: '2.40.3', url: this.url, sha256: { x86_64: sha256('x86_64'), aarch64: sha256('aarch64') } };
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push(path);
    const [, architecture] = /^\/v2\.40\.3\/docker-compose-linux-(\w+)$/.exec(path) ?? [];
    if (architecture) response.end(StubCloud.plugin(architecture));
    else if (path === '/latest/api/token') giveToken(request, response);
    else this.#giveItem(path.replace('/latest/meta-data/', ''), request, response);
  }

  #giveItem(path: string, request: IncomingMessage, response: ServerResponse): void {
    const item = this.metadata.get(path);
    // As EC2 does where version 1 is switched off.
    if (request.headers['x-aws-ec2-metadata-token'] !== TOKEN) response.writeHead(401).end();
    else if (item === undefined) response.writeHead(404).end();
    else response.end(item);
  }
}

function giveToken(request: IncomingMessage, response: ServerResponse): void {
  const isRight = request.method === 'PUT' && Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']) > 0;
  if (isRight) response.end(TOKEN);
  else response.writeHead(400).end();
}
