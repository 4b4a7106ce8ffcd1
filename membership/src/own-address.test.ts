import { strict as assert } from 'node:assert';
import { PATIENCE_MS } from '../../test/support/eventually.js';
import { chooseOwn, firstOwnAddress, isHostName, ownAddresses, ownAddressOf } from './own-address.js';

const OWN = ['127.0.0.1', '172.18.0.4', '172.19.0.7', 'fd00::7'];
const own = () => OWN;

describe('a host name', () => {
  for (const text of ['localhost', 'members.apps', 'ha.admin', 'a_b-1.c', 'x1', '1x.example.org', 'WEB']) {
    it(`is ${text}`, () => assert.ok(isHostName(text)));
  }
  for (const text of [
    '',
    '10.0.0.1',
    '::1',
    '999.1.1.1',
    '1.2',
    'a b',
    'a..b',
    '-a',
    'a-',
    'a.',
    'a:80',
    'a/b',
    `a\nb`,
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => assert.ok(!isHostName(text)));
  }
});

describe('the own address of a name', () => {
  it('is the one that is ours of those that all members share', async () => {
    const resolve = async () => ['172.19.0.3', '172.19.0.7', '172.19.0.9'];
    assert.equal(await ownAddressOf('MEMBER_ADDRESS', 'members.apps', { resolve, own }), '172.19.0.7');
  });

  it('is of version 4 where there are both', () => {
    assert.equal(chooseOwn(['fd00::7', '172.19.0.7'], OWN), '172.19.0.7');
    assert.equal(chooseOwn(['fd00::7'], OWN), 'fd00::7');
    assert.equal(chooseOwn(['172.19.0.8'], OWN), null);
  });

  it('is asked for again while the name is unknown, or does not hold this machine yet', async () => {
    const answers = [new Error('ENOTFOUND'), ['172.19.0.3'], ['172.19.0.3', '172.19.0.7']];
    const resolve = async () => {
      const answer = answers.shift() ?? [];
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const options = { resolve, own, deadlineMs: PATIENCE_MS };
    assert.equal(await ownAddressOf('API_BIND', 'ha.admin', options), '172.19.0.7');
    assert.equal(answers.length, 0);
  });

  it('is refused with the name, what it resolves to and what is ours when it is of another machine', async () => {
    const asked = ownAddressOf('API_BIND', 'ha.admin', {
      resolve: async () => ['10.9.8.7', '10.9.8.6'],
      own,
      deadlineMs: 1,
    });
    await assert.rejects(asked, {
      code: 'config-invalid',
      message:
        'API_BIND: ha.admin resolves to 10.9.8.7, 10.9.8.6: it must be an address of this machine, ' +
        'which has 127.0.0.1, 172.18.0.4, 172.19.0.7, fd00::7',
    });
  });

  it('is refused when nobody knows the name, and when the DNS is silent', async () => {
    const unknown = async () => Promise.reject(new Error('getaddrinfo ENOTFOUND nowhere'));
    const silent = () => new Promise<never>(() => {});
    for (const [resolve, reason] of [
      [unknown, /BIND: nowhere cannot be resolved \(getaddrinfo ENOTFOUND nowhere\)/],
      [silent, /BIND: nowhere cannot be resolved \(no answer of the DNS\)/],
    ] as const) {
      const asked = ownAddressOf('BIND', 'nowhere', { resolve, own, deadlineMs: 20 });
      await assert.rejects(asked, { code: 'config-invalid', message: reason });
    }
  });

  it('is loopback for localhost on this machine', async () => {
    assert.equal(await ownAddressOf('BIND', 'localhost', { deadlineMs: PATIENCE_MS }), '127.0.0.1');
  });
});

describe('the first own address', () => {
  it('is of version 4, not loopback, and none of those that are excepted', () => {
    const first = firstOwnAddress();
    if (first === null) return;
    assert.ok(ownAddresses().includes(first));
    assert.doesNotMatch(first, /^127\.|:/);
    assert.notEqual(firstOwnAddress([first]), first);
  });
});
