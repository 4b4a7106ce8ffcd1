import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the stub misbehaves: with a status, or by never answering. */
export type MetadataFault = number | 'silent';

/** What an instance is, for its identity document. */
export interface StubInstance {
  readonly instanceId: string;
  readonly region: string;
  readonly privateIp: string;
}

export interface StubCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

const ROLE = 'muster-instance';

/**
 * The metadata service of one EC2 instance, version 2 (EC2 user guide, "Use the Instance Metadata Service"): a token by PUT
 * first, 401 without a good one, 404 for what is not there. What it says is set by tests.
 */
export class MetadataStub {
  readonly url: string;
  /** Every request, without `latest/`: `GET meta-data/… 200`. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #items = new Map<string, string>();
  #tokens = new Set<string>();
  #fault: MetadataFault | null = null;

  private constructor(server: Server, { instanceId, region, privateIp }: StubInstance) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response));
    this.set(
      'dynamic/instance-identity/document',
      JSON.stringify({ instanceId, region, privateIp, version: '2017-09-30' }),
    );
    this.set('meta-data/autoscaling/target-lifecycle-state', 'InService');
  }

  static async start(instance: StubInstance): Promise<MetadataStub> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new MetadataStub(server, instance);
  }

  /** `path` stands below `latest/`; null takes the item away. */
  set(path: string, text: string | null): void {
    if (text === null) this.#items.delete(path);
    else this.#items.set(path, text);
  }

  /** What AWS shows once the group lets the instance go. */
  terminate(): void {
    this.set('meta-data/autoscaling/target-lifecycle-state', 'Terminated');
  }

  /** The notice of an interruption, which EC2 gives two minutes before. */
  interrupt(at: Date): void {
    this.set('meta-data/spot/instance-action', JSON.stringify({ action: 'terminate', time: toSeconds(at) }));
  }

  recommendRebalance(at: Date): void {
    this.set('meta-data/events/recommendations/rebalance', JSON.stringify({ noticeTime: toSeconds(at) }));
  }

  giveRole({ accessKeyId, secretAccessKey, sessionToken, expiresAt }: StubCredentials): void {
    const keys = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken };
    const answer = { Code: 'Success', Type: 'AWS-HMAC', LastUpdated: toSeconds(new Date()), ...keys };
    this.set('meta-data/iam/security-credentials/', ROLE);
    this.set(
      `meta-data/iam/security-credentials/${ROLE}`,
      JSON.stringify({ ...answer, Expiration: toSeconds(expiresAt) }),
    );
  }

  /** From now on each request is answered so; null = as it should be. */
  fail(fault: MetadataFault | null): void {
    this.#fault = fault;
  }

  /** Tokens given so far are good no more, as after their time to live. */
  expireTokens(): void {
    this.#tokens = new Set();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace(/^\/latest\//, '');
    if (this.#fault === 'silent') {
      this.requests.push(`${request.method} ${path} silent`);
      return;
    }
    const { status, text } = this.#fault === null ? this.#meaning(request, path) : { status: this.#fault, text: '' };
    this.requests.push(`${request.method} ${path} ${status}`);
    response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  }

  #meaning({ method, headers }: IncomingMessage, path: string): { readonly status: number; readonly text: string } {
    if (method === 'PUT' && path === 'api/token') {
      if (!/^\d+$/.test(String(headers['x-aws-ec2-metadata-token-ttl-seconds']))) return { status: 400, text: '' };
      const token = randomBytes(16).toString('base64url');
      this.#tokens.add(token);
      return { status: 200, text: token };
    }
    if (!this.#tokens.has(String(headers['x-aws-ec2-metadata-token']))) return { status: 401, text: '' };
    const text = this.#items.get(path);
    return text === undefined ? { status: 404, text: '' } : { status: 200, text };
  }
}

/** AWS writes no fractions of a second. */
function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
