import { strict as assert } from 'node:assert';
import { addressPolicy } from '../address-policy.js';
import { memberSetOf, metaOf, serviceIdOf } from './schema.js';

const policy = addressPolicy(['10.0.0.0/8'], []);

/** One entry of `/v1/health/service/web` as Consul 1.8.7 gives it, cut to what matters. */
function entry(service: Record<string, unknown> = {}, checks: readonly [string, string][] = []) {
  return {
    Node: { Node: 'n1', Address: '10.9.9.9' },
    Service: { ID: 'web-1', Service: 'web', Address: '10.0.0.1', Port: 80, Meta: null, CreateIndex: 8, ...service },
    Checks: [['serfHealth', 'passing'] as const, ...checks].map(([CheckID, Status]) => ({ CheckID, Status })),
  };
}

const setOf = (...entries: unknown[]) => memberSetOf('web', 42n, entries, policy);
const statusOf = (...args: Parameters<typeof entry>) => setOf(entry(...args)).members.get('web-1')?.status;

describe('consul schema', () => {
  it('takes a plain service of another tool for a full member', () => {
    const set = setOf(entry());
    assert.equal(set.index, '42');
    assert.deepEqual(
      [...set.members.values()],
      [
        {
          id: 'web-1',
          address: '10.0.0.1',
          port: 80,
          weight: 1,
          capacity: 100,
          status: 'alive',
          role: 'backend',
          boot: '',
          tags: {},
        },
      ],
    );
  });

  it('uses the address of the node when the service has none', () => {
    assert.equal(setOf(entry({ Address: '' })).members.get('web-1')?.address, '10.9.9.9');
  });

  it('reads back what the registrar writes', () => {
    const self = {
      service: 'web',
      id: 'm-1',
      address: '10.0.0.1',
      port: 80,
      weight: 7,
      capacity: 30,
      role: 'canary',
      boot: 'abc',
      tags: { zone: 'a' },
    };
    const meta = metaOf(self, true);
    const member = setOf(entry({ ID: serviceIdOf('web', 'm-1'), Meta: meta })).members.get('m-1');
    const { service: _, ...fields } = self;
    assert.deepEqual(member, { ...fields, status: 'leaving' });
  });

  it('maps checks to the status', () => {
    assert.equal(statusOf({}, [['service:web-1', 'passing']]), 'alive');
    assert.equal(statusOf({}, [['service:web-1', 'warning']]), 'alive');
    assert.equal(statusOf({}, [['service:web-1', 'critical']]), 'failed');
    assert.equal(statusOf({}, [['service:web-1', 'nonsense']]), 'failed');
    assert.equal(statusOf({}, [['_node_maintenance', 'critical']]), 'leaving');
    assert.equal(statusOf({}, [['_service_maintenance:web-1', 'critical']]), 'leaving');
  });

  it('lets an announced leave win over a critical check: its lease may run out while it drains', () => {
    assert.equal(statusOf({ Meta: { 'muster-status': 'leaving' } }, [['service:web-1', 'critical']]), 'leaving');
  });

  it('rejects fields that are absurd, each as one rejection', () => {
    for (const service of [
      { Port: -5 },
      { Port: 70_000 },
      { Port: '80' },
      { Port: undefined },
      { Address: '999.1.1.1' },
      { Address: '10.0.0.1:80 check\n http-request deny' },
      { ID: 'web\n1' },
      { ID: `w${'x'.repeat(10_000)}` },
      { ID: 7 },
      { Meta: { 'muster-weight': '-1' } },
      { Meta: { 'muster-weight': '1e3' } },
      { Meta: { 'muster-weight': '257' } },
      { Meta: { 'muster-capacity': '0' } },
      { Meta: { 'muster-capacity': '50%' } },
      { Meta: { 'muster-boot': 'a/b' } },
      { Meta: { 'muster-role': 'x y' } },
      { Meta: { 'muster-id': 'web;1' } },
    ]) {
      const set = setOf(entry(service), entry({ ID: 'good', Address: '10.0.0.2' }));
      assert.deepEqual([...set.members.keys()], ['good'], JSON.stringify(service).slice(0, 80));
      assert.equal(set.rejected.length, 1);
    }
  });

  it('rejects a malformed envelope without losing the rest', () => {
    const broken = [null, 7, 'x', {}, { Service: null }, { ...entry(), Checks: 'none' }, entry({ Meta: { a: 1 } })];
    const set = setOf(...broken, entry({ ID: 'good', Address: '10.0.0.2' }));
    assert.deepEqual([...set.members.keys()], ['good']);
    assert.equal(set.rejected.length, broken.length);
    assert(set.rejected.some((one) => one.id === 'web-1'));
  });

  it('gives a contested id to the member that Consul knew first', () => {
    const set = setOf(entry({ Address: '10.0.0.2', CreateIndex: 30 }), entry({ Address: '10.0.0.1', CreateIndex: 20 }));
    assert.equal(set.members.get('web-1')?.address, '10.0.0.1');
    assert.equal(set.rejected.length, 1);
  });
});
