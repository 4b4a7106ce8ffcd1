import { strict as assert } from 'node:assert';
import { formatEndpoint, isEverywhere, parseEndpoint, sameEndpoint } from './endpoint.js';

describe('an endpoint', () => {
  for (const [text, address, port] of [
    [':80', '', 80],
    ['*:80', '', 80],
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['[::1]:0', '::1', 0],
    ['ha.admin:7380', 'ha.admin', 7380],
    ['localhost:80', 'localhost', 80],
  ] as const) {
    it(`is read from ${text}`, () => assert.deepEqual(parseEndpoint(text), { address, port }));
  }

  for (const text of [
    '',
    '80',
    '127.0.0.1',
    '127.0.0.1:70000',
    '::1:80',
    '127.0.0.1:x',
    'web.:80',
    'web 1:80',
    '-web:80',
    '1.2.3.4.5.x!:80',
    ':http',
    '127.0.0.1:80\nbind :81',
  ]) {
    it(`is not read from ${JSON.stringify(text)}`, () => assert.equal(parseEndpoint(text), null));
  }

  it('is written as it is read', () => {
    for (const text of [':80', '127.0.0.1:8080', '[::1]:0', 'ha.admin:7380']) {
      assert.equal(formatEndpoint(parseEndpoint(text) ?? assert.fail(text)), text);
    }
  });

  it('is the same where address and port are', () => {
    const one = { address: '10.0.0.1', port: 80 };
    const others = [{ ...one }, { ...one, port: 81 }, { ...one, address: '10.0.0.2' }];
    assert.deepEqual(
      others.map((other) => sameEndpoint(one, other)),
      [true, false, false],
    );
  });

  it('may mean every address', () => {
    const everywhere = [':80', '*:80', '0.0.0.0:80', '[::]:80', '127.0.0.1:80', 'ha.admin:80'].filter((text) =>
      isEverywhere(parseEndpoint(text) ?? assert.fail(text)),
    );
    assert.deepEqual(everywhere, [':80', '*:80', '0.0.0.0:80', '[::]:80']);
  });
});
