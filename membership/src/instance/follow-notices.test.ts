import { strict as assert } from 'node:assert';
import { pino } from 'pino';
import { eventually, PATIENCE_MS } from '../../../test/support/eventually.js';
import { MetadataStub } from '../../../test/support/metadata-stub.js';
import { followNotices } from './follow-notices.js';
import { createImds } from './imds.js';

describe('following what AWS has in mind with an instance', () => {
  let stub: MetadataStub;
  let stop: AbortController;
  beforeEach(async () => {
    stub = await MetadataStub.start({
      instanceId: 'i-0123456789abcdef0',
      region: 'eu-central-1',
      privateIp: '10.0.0.7',
    });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await stub.stop();
  });

  function start(timeoutMs: number) {
    const said: string[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void said.push((JSON.parse(line) as { msg: string }).msg) });
    const imds = createImds({ endpoint: stub.url, timeoutMs });
    return { said, notices: followNotices({ imds, pollMs: 10, log }, stop.signal) };
  }

  /** So many looks later. */
  async function looks(count: number): Promise<void> {
    const target = stub.requests.length + 3 * count;
    await eventually(() => assert.ok(stub.requests.length >= target));
  }

  it('tells a recommendation to rebalance once, and goes on', async () => {
    const { said, notices } = start(PATIENCE_MS);
    stub.recommendRebalance(new Date());
    await looks(5);
    assert.deepEqual(said, ['AWS recommends to replace this instance']);
    assert.equal(notices.value?.why, null);
  });

  it('tells faults once, and once that they are over, each time', async () => {
    const { said, notices } = start(PATIENCE_MS);
    await looks(2);
    for (const fault of [500, 403, 404, 500]) {
      stub.fail(fault);
      await looks(2);
      assert.equal(notices.value?.why, null);
    }
    stub.fail(null);
    const [lost, again] = ['metadata cannot be read: members go on serving', 'metadata can be read again'];
    // A 404 is an answer: there is no such item.
    await eventually(() => assert.deepEqual(said, [lost, again, lost, again]));
    await looks(2);
    assert.equal(said.length, 4);
  });

  it('keeps an end that was announced, though the service fails after it', async () => {
    const { said, notices } = start(300);
    stub.terminate();
    await eventually(() => assert.equal(notices.value?.why, 'terminated'));
    stub.fail('silent');
    await eventually(() => assert.ok((notices.value?.faults.length ?? 0) > 0));
    assert.equal(notices.value?.why, 'terminated');
    assert.ok(said.includes('metadata cannot be read: members go on serving'));
    assert.equal(said.filter((msg) => msg === 'this instance is to end').length, 1);
  });
});
