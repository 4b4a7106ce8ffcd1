import { strict as assert } from 'node:assert';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { addressPolicy } from './address-policy.js';
import { buildMemberSet, ID_PATTERN, parseMember, printableId } from './schema.js';

const policy = addressPolicy(['10.0.0.0/8', 'fc00::/7'], []);
const good = {
  ...{ id: 'web-1', address: '10.0.0.1', port: 80, weight: 1, status: 'alive', role: 'backend', boot: 'b1' },
  capacity: 40,
  tags: { zone: 'a' },
};

describe('parseMember', () => {
  it('accepts a good entry and drops every field it does not know', () => {
    assert.deepEqual(parseMember({ ...good, command: 'rm -rf /' }, policy), good);
  });

  it('takes an entry that says nothing of its capacity for one that can take its whole share', () => {
    const { capacity: _, ...older } = good;
    assert.deepEqual(parseMember(older, policy), { ...older, capacity: 100 });
  });

  it('accepts ids of Nomad and registrator', () => {
    for (const id of ['_nomad-task-5d1c-web-http-9090', 'host1:web.1:8080', 'a', 'A'.repeat(127)]) {
      assert.equal('reason' in parseMember({ ...good, id }, policy), false, id);
    }
  });

  const hostile: readonly [string, Record<string, unknown>, RegExp][] = [
    ['a newline in the id', { id: 'web\n1' }, /id has characters/],
    ['a newline at the end of the id', { id: 'web-1\n' }, /id has characters/],
    ['a semicolon', { id: 'web;shutdown' }, /id has characters/],
    ['a double quote', { id: 'web"1' }, /id has characters/],
    ['a single quote', { id: "web'1" }, /id has characters/],
    ['a NUL', { id: 'web\0' }, /id has characters/],
    ['unicode', { id: 'wéb' }, /id has characters/],
    ['a right-to-left mark', { id: 'web\u202e1' }, /id has characters/],
    ['a slash', { id: '../web' }, /id has characters/],
    ['a dash in front, which reads as an option', { id: '-x' }, /id has characters/],
    ['an empty id', { id: '' }, /id has characters/],
    ['an id of 10 kB', { id: 'x'.repeat(10_240) }, /id has characters or a length/],
    ['an id that is no string', { id: 7 }, /\(id\)/],
    ['an id whose toString is no function', { id: { toString: 1, valueOf: 1 } }, /\(id\)/],
    ['port -5', { port: -5 }, /port is below 1/],
    ['port 0', { port: 0 }, /port is below 1/],
    ['port 70000', { port: 70_000 }, /port is above 65535/],
    ['port 80.5', { port: 80.5 }, /port is not a whole number/],
    ['port NaN', { port: Number.NaN }, /port is not a number/],
    ['a port in a string', { port: '80' }, /port is not a number/],
    ['IP 999.1.1.1', { address: '999.1.1.1' }, /not an IP address/],
    ['IP 300.1.1.1, which HAProxy takes for a host name', { address: '300.1.1.1' }, /not an IP address/],
    ['IP 127.1', { address: '127.1' }, /not an IP address/],
    ['a host name', { address: 'localhost' }, /not an IP address/],
    ['an address with options', { address: '10.0.0.1:80 check\n http-request deny' }, /not an IP address/],
    ['cloud metadata', { address: '169.254.169.254' }, /linkLocal/],
    ['cloud metadata in IPv6 clothes', { address: '::ffff:169.254.169.254' }, /ipv4Mapped/],
    ['an address outside MEMBER_CIDRS', { address: '8.8.8.8' }, /outside MEMBER_CIDRS/],
    ['an address of 10 kB', { address: '1'.repeat(10_240) }, /address is too long/],
    ['weight 257', { weight: 257 }, /weight is above 256/],
    ['weight -1', { weight: -1 }, /weight is below 0/],
    ['capacity 0', { capacity: 0 }, /capacity is below 1/],
    ['capacity 101', { capacity: 101 }, /capacity is above 100/],
    ['half a percent', { capacity: 1.5 }, /capacity is not a whole number/],
    ['an unknown status', { status: 'ready' }, /status is unknown/],
    ['a role with a space', { role: 'a b' }, /role has characters/],
    ['a boot with a slash', { boot: '../x' }, /boot has characters/],
    ['a tag of 10 kB', { tags: { a: 'x'.repeat(10_240) } }, /a tag is too long/],
    ['tags that are no object', { tags: 'zone=a' }, /\(tags\)/],
  ];
  for (const [what, fields, reason] of hostile) {
    it(`rejects ${what}`, () => {
      const result = parseMember({ ...good, ...fields }, policy);
      assert('reason' in result, 'it was accepted');
      assert.match(result.reason, reason);
      assert(result.id.length < 400, 'the printed id is too long');
      assert.doesNotMatch(result.id, /[\n\r\0]/);
    });
  }

  it('rejects what is no object at all', () => {
    for (const fields of [null, undefined, 7, 'x', [], () => {}]) assert('reason' in parseMember(fields, policy));
  });

  it('either rejects any id or gives one that needs no escaping', () => {
    const id = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(ID_PATTERN), fc.string({ maxLength: 200 }));
    fc.assert(
      fc.property(id, (text) => {
        const result = parseMember({ ...good, id: text }, policy);
        if ('reason' in result) assert.match(result.id, /^[\x20-\x7e…]*$/);
        else assert(ID_PATTERN.test(result.id) && result.id === text);
      }),
    );
  });

  it('either rejects any address or gives a canonical one inside MEMBER_CIDRS', () => {
    const address = fc.oneof(fc.string(), fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.domain());
    const inside = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((rest) => ['10', ...rest].join('.'));
    fc.assert(
      fc.property(fc.oneof(address, inside), (text) => {
        const result = parseMember({ ...good, address: text }, policy);
        if ('reason' in result) return;
        assert.match(result.address, /^(10\.\d+\.\d+\.\d+|f[cd][0-9a-f:]+)$/);
        assert.notEqual(isIP(result.address), 0);
        const again = parseMember({ ...good, address: result.address }, policy);
        assert.deepEqual(again, result);
      }),
    );
  });

  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, key) => {
        parseMember(value, policy);
        parseMember({ ...good, [key]: value }, policy);
        parseMember({ ...good, id: value }, policy);
      }),
    );
  });
});

describe('buildMemberSet', () => {
  const build = (...entries: object[]) =>
    buildMemberSet(
      'web',
      '7',
      entries.map((fields, age) => ({ fields: { ...good, ...fields }, age })),
      policy,
    );
  const ids = (set: ReturnType<typeof build>) => [...set.members.keys()];

  it('sorts members and rejections by id', () => {
    const set = build({ id: 'c', port: 3 }, { id: 'z', port: 0 }, { id: 'a', port: 1 }, { id: 'y', port: 0 });
    assert.deepEqual(ids(set), ['a', 'c']);
    assert.deepEqual(
      set.rejected.map((one) => one.id),
      ['y', 'z'],
    );
  });

  it('keeps the older of two entries with one id', () => {
    const set = build({ id: 'a', port: 1 }, { id: 'a', port: 2 });
    assert.equal(set.members.get('a')?.port, 1);
    assert.match(set.rejected[0]?.reason ?? '', /duplicate id/);
  });

  it('keeps the older of two entries with one address, however it is written', () => {
    const set = build({ id: 'b', address: 'fc00::1' }, { id: 'a', address: 'FC00:0::0001' });
    assert.deepEqual(ids(set), ['b']);
    assert.match(set.rejected[0]?.reason ?? '', /duplicate address: b keeps it/);
  });

  it('prefers alive to leaving to failed before it looks at the age', () => {
    assert.deepEqual(ids(build({ id: 'old', status: 'failed' }, { id: 'new', status: 'alive' })), ['new']);
    assert.deepEqual(ids(build({ id: 'old', status: 'failed' }, { id: 'new', status: 'leaving' })), ['new']);
    assert.deepEqual(ids(build({ id: 'old', status: 'leaving' }, { id: 'new', status: 'alive' })), ['new']);
  });

  it('gives the same set for any order of its entries', () => {
    const entry = fc.record({
      fields: fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'bad id'),
        port: fc.constantFrom(1, 2, 70_000),
        status: fc.constantFrom('alive', 'leaving', 'failed'),
      }),
      age: fc.nat(1_000_000),
    });
    const entries = fc.uniqueArray(entry, { selector: (one) => one.age, maxLength: 8 });
    fc.assert(
      fc.property(entries, (list) => {
        const full = list.map(({ fields, age }) => ({ fields: { ...good, ...fields }, age }));
        const forwards = buildMemberSet('web', '1', full, policy);
        const backwards = buildMemberSet('web', '1', full.toReversed(), policy);
        assert.deepEqual([...backwards.members], [...forwards.members]);
        assert.equal(forwards.members.size + forwards.rejected.length, list.length);
      }),
    );
  });
});

describe('printableId', () => {
  it('cuts a long id and tells its length', () => {
    assert.equal(printableId({ id: 'x'.repeat(10_240) }), `${'x'.repeat(64)}… (10240 characters)`);
  });

  it('escapes what would break a log line', () => {
    assert.equal(printableId({ id: 'a\nb\u0007"' }), 'a\\nb\\u0007\\"');
  });
});
