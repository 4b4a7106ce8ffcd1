import { strict as assert } from 'node:assert';
import { PATIENCE_MS } from '../../../test/support/eventually.js';
import { MetadataStub } from '../../../test/support/metadata-stub.js';
import { freePort } from '../../../test/support/ports.js';
import { createImds, type Imds } from './imds.js';

const FOREVER = new AbortController().signal;
const STATE = 'meta-data/autoscaling/target-lifecycle-state';

describe('the client of the metadata service', () => {
  let stub: MetadataStub;
  let imds: Imds;
  beforeEach(async () => {
    stub = await MetadataStub.start({
      instanceId: 'i-0123456789abcdef0',
      region: 'eu-central-1',
      privateIp: '10.0.0.7',
    });
    imds = createImds({ endpoint: stub.url, timeoutMs: PATIENCE_MS });
  });
  afterEach(() => stub.stop());

  it('asks for a token once and sends it with each request', async () => {
    assert.deepEqual(await imds.get(STATE, FOREVER), { kind: 'item', text: 'InService' });
    assert.deepEqual(await imds.get('meta-data/spot/instance-action', FOREVER), { kind: 'absent' });
    assert.deepEqual(stub.requests, [
      'PUT api/token 200',
      `GET ${STATE} 200`,
      'GET meta-data/spot/instance-action 404',
    ]);
  });

  it('asks for one token only for requests at the same time', async () => {
    await Promise.all([STATE, STATE, STATE].map((path) => imds.get(path, FOREVER)));
    stub.expireTokens();
    await Promise.all([STATE, STATE, STATE].map((path) => imds.get(path, FOREVER)));
    assert.equal(stub.requests.filter((request) => request.startsWith('PUT')).length, 2);
  });

  it('gets a new token when the old one is refused', async () => {
    await imds.get(STATE, FOREVER);
    stub.expireTokens();
    assert.deepEqual(await imds.get(STATE, FOREVER), { kind: 'item', text: 'InService' });
    assert.deepEqual(stub.requests.slice(2), [`GET ${STATE} 401`, 'PUT api/token 200', `GET ${STATE} 200`]);
  });

  it('asks for a token again when it did not get one', async () => {
    stub.fail(503);
    assert.equal((await imds.get(STATE, FOREVER)).kind, 'fault');
    stub.fail(null);
    assert.deepEqual(await imds.get(STATE, FOREVER), { kind: 'item', text: 'InService' });
  });

  it('calls everything else a fault and says which request it was', async () => {
    await imds.get(STATE, FOREVER);
    for (const status of [500, 503, 403, 401]) {
      stub.fail(status);
      const answer = await imds.get(STATE, FOREVER);
      assert.equal(answer.kind, 'fault', String(status));
      assert.match(answer.kind === 'fault' ? answer.reason : '', new RegExp(`http://.*: status ${status}`));
    }
  });

  it('waits for an answer for so long and no longer', async () => {
    stub.fail('silent');
    const hasty = createImds({ endpoint: stub.url, timeoutMs: 100 });
    const startedMs = performance.now();
    const answer = await hasty.get(STATE, FOREVER);
    assert.match(JSON.stringify(answer), /fault.*PUT http.*no answer within 100 ms/);
    assert.ok(performance.now() - startedMs < PATIENCE_MS);
  });

  it('calls a service that is not there a fault', async () => {
    const nowhere = createImds({ endpoint: `http://127.0.0.1:${await freePort()}`, timeoutMs: PATIENCE_MS });
    assert.match(JSON.stringify(await nowhere.get(STATE, FOREVER)), /fault.*PUT http.*ECONNREFUSED/);
  });
});
