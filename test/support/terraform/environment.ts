import { devNull } from 'node:os';

/** Passed on: what Terraform needs to run and to reach a registry. Everything else stays out, above all AWS_ and TF_. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'XDG_DATA_HOME',
  'XDG_DATA_DIRS',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'TEST_RUN',
];

/** Nothing listens on port 9 (discard): a call that a test did not mean to make fails instead of reaching AWS. */
const NOWHERE = 'http://127.0.0.1:9';

/** Less collecting makes programs that live for seconds cheaper, for more memory (measured: 40 % less CPU). */
export const COLLECT_LESS = { GOGC: '400' };

/** The account of moto, which no real account can have. */
export const MOCK_ACCOUNT = '123456789012';

/**
 * The whole environment of a child that may call AWS: all of it goes nowhere, unless that of a mock is put over it, with
 * credentials that are worth nothing. The user's profiles, credentials, endpoints, `TF_VAR_…` and `TF_CLI_ARGS` do not get
 * through.
 */
export function mockAwsEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = PASSED_ON.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  return {
    ...Object.fromEntries(kept),
    AWS_ENDPOINT_URL: NOWHERE,
    AWS_ACCESS_KEY_ID: 'mock',
    AWS_SECRET_ACCESS_KEY: 'mock',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    // An empty file: neither profiles nor credentials are to be had there.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    NO_PROXY: '127.0.0.1',
    CHECKPOINT_DISABLE: '1',
    TF_INPUT: '0',
    TF_IN_AUTOMATION: '1',
  };
}

/** @throws where the account behind `endpoint` is not the mock's: nothing may be applied there. */
export async function refuseRealAccounts(endpoint: string): Promise<void> {
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  // Moto finds its service here; on AWS this is no signature and gets no answer with an account.
  const authorization = 'AWS4-HMAC-SHA256 Credential=mock/20260101/us-east-1/sts/aws4_request, Signature=none';
  const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization };
  const answer = await fetch(endpoint, { method: 'POST', body, headers, signal: AbortSignal.timeout(10_000) });
  const account = /<Account>(\d+)<\/Account>/.exec(await answer.text())?.[1];
  if (account === MOCK_ACCOUNT) return;
  throw new Error(
    `${endpoint} says it is account ${account ?? 'unknown'}, not the mock's ${MOCK_ACCOUNT}: nothing is applied`,
  );
}
