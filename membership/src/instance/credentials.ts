import { z } from 'zod';
import { MusterError } from '../errors.js';
import { Secret } from '../secret.js';
import type { Imds } from './imds.js';

/** What AWS calls are signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  /** Null with the keys of a user. */
  readonly sessionToken: Secret | null;
}

export interface CredentialSource {
  /** @throws MusterError `no-credentials` (retryable: a role may be attached later, and the metadata service may be back). */
  current(signal: AbortSignal): Promise<Credentials>;
  /** AWS did not take them: the next call asks again. */
  drop(): void;
}

/** AWS puts new ones there five minutes before the old ones end, at the latest (EC2 user guide, "IAM roles"). */
const RENEW_BEFORE_MS = 5 * 60_000;

const FOLDER = 'meta-data/iam/security-credentials/';

const roleSchema = z.object({
  Code: z.literal('Success'),
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  Token: z.string().min(1),
  Expiration: z.iso.datetime(),
});

/** The credentials of the instance's role, fetched again before they end. */
export function roleCredentials(imds: Imds): CredentialSource {
  let cached: { readonly credentials: Credentials; readonly renewAtMs: number } | null = null;
  return {
    async current(signal) {
      if (cached === null || Date.now() >= cached.renewAtMs) cached = await fetchRole(imds, signal);
      return cached.credentials;
    },
    drop() {
      cached = null;
    },
  };
}

async function fetchRole(imds: Imds, signal: AbortSignal) {
  const [role = ''] = (await item(imds, FOLDER, signal)).split('\n');
  const parsed = roleSchema.safeParse(fromJson(await item(imds, FOLDER + role.trim(), signal)));
  if (!parsed.success) throw noCredentials(`those of the role ${role} are not there yet`);
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = parsed.data;
  const secrets = { secretAccessKey: new Secret(SecretAccessKey), sessionToken: new Secret(Token) };
  return {
    credentials: { accessKeyId: AccessKeyId, ...secrets },
    renewAtMs: Date.parse(Expiration) - RENEW_BEFORE_MS,
  };
}

async function item(imds: Imds, path: string, signal: AbortSignal): Promise<string> {
  const answer = await imds.get(path, signal);
  if (answer.kind === 'item') return answer.text;
  const absent = 'the instance has no IAM role: give it an instance profile';
  throw noCredentials(answer.kind === 'absent' ? absent : answer.reason);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function noCredentials(reason: string): MusterError {
  return new MusterError('no-credentials', `no credentials for AWS: ${reason}`, { retryable: true });
}
