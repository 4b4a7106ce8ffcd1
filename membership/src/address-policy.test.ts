import { strict as assert } from 'node:assert';
import { addressPolicy } from './address-policy.js';

describe('addressPolicy', () => {
  const standard = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];
  const check = (address: string, cidrs = standard, port = 80) => {
    const verdict = addressPolicy(cidrs, []).check(address, port);
    return 'address' in verdict ? verdict.address : `refused: ${verdict.refused}`;
  };

  it('accepts private addresses and gives their canonical form', () => {
    assert.equal(check('10.1.2.3'), '10.1.2.3');
    assert.equal(check('172.31.255.255'), '172.31.255.255');
    assert.equal(check('FC00:0:0::0001'), 'fc00::1');
  });

  it('refuses what is just outside a range', () => {
    for (const address of ['9.255.255.255', '11.0.0.0', '172.32.0.0', '192.169.0.0', '2001:4860::1']) {
      assert.equal(check(address), 'refused: address is outside MEMBER_CIDRS', address);
    }
  });

  const never: readonly [string, string][] = [
    ['169.254.169.254', 'linkLocal'],
    ['fe80::1', 'linkLocal'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['240.0.0.1', 'reserved'],
    ['::ffff:10.0.0.1', 'ipv4Mapped'],
    ['::ffff:169.254.169.254', 'ipv4Mapped'],
  ];
  for (const [address, range] of never) {
    it(`refuses ${address} whatever MEMBER_CIDRS allows`, () => {
      assert.equal(check(address, ['0.0.0.0/0', '::/0']), `refused: address is ${range}`);
    });
  }

  it('refuses everything that is not a plain address', () => {
    const texts = ['', ' ', 'localhost', '127.1', '300.1.1.1', '010.0.0.1', '0x0a000001', '167772161', '10.0.0.1/8'];
    for (const text of [...texts, '10.0.0.1:80', '[fc00::1]', ' 10.0.0.1', '10.0.0.1\n', '10.0.0.1\0', '１０.0.0.1']) {
      assert.match(check(text), /^refused: address is not an IP address/, JSON.stringify(text));
    }
  });

  it('refuses an address with a zone, which would be rendered as it is', () => {
    assert.match(check('fc00::1%eth0'), /^refused/);
  });

  it('accepts loopback only when an entry names it', () => {
    assert.equal(check('127.0.0.1', ['127.0.0.0/8']), '127.0.0.1');
    assert.equal(check('::1', ['::1/128']), '::1');
    assert.match(check('127.0.0.1', ['0.0.0.0/0']), /^refused/);
    assert.match(check('::1', ['::/0']), /^refused/);
  });

  it('refuses a forbidden endpoint on its port, or on every port when none is named', () => {
    const policy = addressPolicy(standard, [
      { address: '10.0.0.1', port: 8500, what: 'Consul' },
      { address: '10.0.0.2', what: 'the balancer' },
    ]);
    assert.deepEqual(policy.check('10.0.0.1', 8500), { refused: 'address is Consul' });
    assert.deepEqual(policy.check('10.0.0.1', 80), { address: '10.0.0.1' });
    assert.deepEqual(policy.check('10.0.0.2', 80), { refused: 'address is the balancer' });
  });

  it('names the entry of MEMBER_CIDRS that is not a range', () => {
    for (const cidr of ['10.0.0.0', '10.0.0.0/33', 'any', '']) {
      assert.throws(() => addressPolicy([cidr], []), {
        name: 'MusterError',
        code: 'config-invalid',
        message: /MEMBER_CIDRS/,
      });
    }
  });
});
