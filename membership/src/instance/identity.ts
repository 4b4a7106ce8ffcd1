import { z } from 'zod';
import { backoff, sleep } from '../clock.js';
import type { Logger } from '../log.js';
import type { Imds } from './imds.js';

/** Which instance this is. */
export interface Identity {
  readonly instanceId: string;
  readonly region: string;
  /** Its private IPv4 address: what its members announce. */
  readonly address: string;
}

const identitySchema = z
  .object({ instanceId: z.string().regex(/^i-[0-9a-f]+$/), region: z.string().min(1), privateIp: z.ipv4() })
  .transform(({ instanceId, region, privateIp }): Identity => ({ instanceId, region, address: privateIp }));

/** EC2 user guide, "Instance identity documents". */
const PATH = 'dynamic/instance-identity/document';

/** First and longest wait between two questions, ms. */
const RETRY_MS = [500, 10_000] as const;

/** Asks until it knows; null when `signal` aborted before. */
export async function learnIdentity(imds: Imds, log: Logger, signal: AbortSignal): Promise<Identity | null> {
  const retry = backoff(...RETRY_MS);
  let told = false;
  while (!signal.aborted) {
    const answer = await imds.get(PATH, signal);
    const identity = answer.kind === 'item' ? parseIdentity(answer.text) : null;
    if (identity) return identity;
    if (!told && !signal.aborted)
      log.warn({ path: PATH, answer }, 'the metadata service does not say which instance this is');
    told = true;
    await sleep(retry.next(), signal);
  }
  return null;
}

function parseIdentity(text: string): Identity | null {
  try {
    return identitySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
