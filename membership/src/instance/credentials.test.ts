import { strict as assert } from 'node:assert';
import { inspect } from 'node:util';
import { PATIENCE_MS } from '../../../test/support/eventually.js';
import { MetadataStub } from '../../../test/support/metadata-stub.js';
import { type CredentialSource, roleCredentials } from './credentials.js';
import { createImds } from './imds.js';

const FOREVER = new AbortController().signal;
const HOUR_MS = 3_600_000;

describe('the credentials of the role of an instance', () => {
  let stub: MetadataStub;
  let source: CredentialSource;
  beforeEach(async () => {
    stub = await MetadataStub.start({
      instanceId: 'i-0123456789abcdef0',
      region: 'eu-central-1',
      privateIp: '10.0.0.7',
    });
    source = roleCredentials(createImds({ endpoint: stub.url, timeoutMs: PATIENCE_MS }));
  });
  afterEach(() => stub.stop());

  function give(accessKeyId: string, inMs: number): void {
    stub.giveRole({
      accessKeyId,
      secretAccessKey: 'secret',
      sessionToken: 'session',
      expiresAt: new Date(Date.now() + inMs),
    });
  }

  it('are fetched once while they last, and print as ***', async () => {
    give('first', 6 * HOUR_MS);
    const { accessKeyId, secretAccessKey, sessionToken } = await source.current(FOREVER);
    assert.deepEqual([accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal()], ['first', 'secret', 'session']);
    give('second', 6 * HOUR_MS);
    assert.equal((await source.current(FOREVER)).accessKeyId, 'first');
    assert.doesNotMatch(inspect(await source.current(FOREVER)), /secret'|session'/);
  });

  it('are fetched again before they end', async () => {
    give('first', 4 * 60_000);
    assert.equal((await source.current(FOREVER)).accessKeyId, 'first');
    give('second', 6 * HOUR_MS);
    assert.equal((await source.current(FOREVER)).accessKeyId, 'second');
  });

  it('are fetched again after AWS did not take them', async () => {
    give('first', 6 * HOUR_MS);
    await source.current(FOREVER);
    give('second', 6 * HOUR_MS);
    source.drop();
    assert.equal((await source.current(FOREVER)).accessKeyId, 'second');
  });

  it('are missing with an advice where there is no role, and with the reason where nobody answers', async () => {
    await assert.rejects(source.current(FOREVER), { code: 'no-credentials', message: /instance profile/ });
    stub.fail(500);
    await assert.rejects(source.current(FOREVER), { code: 'no-credentials', message: /status 500/ });
  });

  it('are missing while the role is there and its keys are not', async () => {
    give('first', HOUR_MS);
    stub.set('meta-data/iam/security-credentials/muster-instance', '{"Code":"AssumeRoleUnauthorizedAccess"}');
    await assert.rejects(source.current(FOREVER), {
      code: 'no-credentials',
      message: /muster-instance are not there yet/,
    });
  });
});
