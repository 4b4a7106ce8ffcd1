import { AwsV4Signer } from 'aws4fetch';
import { errorCode } from '../errors.js';
import { autoScalingFailure } from './auto-scaling-failure.js';
import type { CredentialSource } from './credentials.js';
import { fetchText } from './fetch-text.js';

/**
 * One call of the Auto Scaling API; gives the XML of the answer.
 * @throws MusterError of `autoScalingFailure`, `http-unreachable` or `no-credentials`.
 */
export type CallAutoScaling = (
  action: string,
  params: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<string>;

export interface AutoScalingOptions {
  readonly region: string;
  /** Null: that of AWS for the region. */
  readonly endpoint: string | null;
  readonly credentials: CredentialSource;
  /** For one call. */
  readonly timeoutMs: number;
}

const API_VERSION = '2011-01-01';

/** Calls AWS's query API with signature version 4. It does not repeat a call: whoever needs it knows for how long. */
export function autoScalingClient(options: AutoScalingOptions): CallAutoScaling {
  const { region, credentials, timeoutMs } = options;
  const url = options.endpoint ?? awsEndpoint(region);
  return async (action, params, signal) => {
    const body = new URLSearchParams({ Action: action, Version: API_VERSION, ...params }).toString();
    const answer = await fetchText(await sign(url, body), timeoutMs, signal);
    if (answer.status === 200) return answer.text;
    const failure = autoScalingFailure(action, answer);
    if (errorCode(failure) === 'aws-credentials') credentials.drop();
    throw failure;

    async function sign(to: string, text: string): Promise<Request> {
      const { accessKeyId, secretAccessKey, sessionToken } = await credentials.current(signal);
      const signer = new AwsV4Signer({
        ...{ url: to, method: 'POST', body: text, region, service: 'autoscaling', accessKeyId },
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        secretAccessKey: secretAccessKey.reveal(),
        ...(sessionToken === null ? {} : { sessionToken: sessionToken.reveal() }),
      });
      const { method, headers } = await signer.sign();
      return new Request(to, { method, headers, body: text });
    }
  };
}

/** AWS general reference, "Amazon EC2 Auto Scaling endpoints": China has a domain of its own. */
function awsEndpoint(region: string): string {
  return `https://autoscaling.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`;
}
