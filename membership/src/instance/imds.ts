import { errorMessage } from '../errors.js';
import { fetchText } from './fetch-text.js';

/** What the metadata service says of one item. A fault says nothing of the item: whoever asks goes on as before. */
export type ImdsAnswer =
  | { readonly kind: 'item'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'fault'; readonly reason: string };

/** The instance metadata service of EC2. `get` never rejects. */
export interface Imds {
  /** `path` stands below `latest/`. */
  get(path: string, signal: AbortSignal): Promise<ImdsAnswer>;
}

export interface ImdsOptions {
  /** `http://169.254.169.254` on an instance. */
  readonly endpoint: string;
  /** For one request; an item may take two, or three after its token has run out. */
  readonly timeoutMs: number;
}

/** Six hours, the longest that AWS gives. A token may end before: then the service answers 401. */
const TOKEN_TTL_S = 21_600;

/**
 * A client of version 2, which wants a token in each request
 * (AWS, EC2 user guide, "Use the Instance Metadata Service to access instance metadata"): 404 = there is no such item,
 * 401 = the token is no good any more. Everything else is a fault.
 */
export function createImds({ endpoint, timeoutMs }: ImdsOptions): Imds {
  /** One for all requests at the same time. */
  let token: Promise<string> | null = null;

  async function read(path: string, signal: AbortSignal) {
    token ??= newToken(signal).catch((thrown) => {
      token = null;
      throw thrown;
    });
    const used = token;
    const headers = { 'X-aws-ec2-metadata-token': await used };
    const answer = await fetchText(new Request(`${endpoint}/latest/${path}`, { headers }), timeoutMs, signal);
    if (answer.status === 401 && token === used) token = null;
    return answer;
  }

  async function newToken(signal: AbortSignal): Promise<string> {
    const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_S) };
    const request = new Request(`${endpoint}/latest/api/token`, { method: 'PUT', headers });
    const { status, text } = await fetchText(request, timeoutMs, signal);
    if (status !== 200) throw new Error(`PUT ${request.url}: status ${status}`);
    return text;
  }

  return {
    async get(path, signal) {
      try {
        let answer = await read(path, signal);
        if (answer.status === 401) answer = await read(path, signal);
        if (answer.status === 200) return { kind: 'item', text: answer.text };
        if (answer.status === 404) return { kind: 'absent' };
        return { kind: 'fault', reason: `GET ${endpoint}/latest/${path}: status ${answer.status}` };
      } catch (thrown) {
        return { kind: 'fault', reason: errorMessage(thrown) };
      }
    },
  };
}
