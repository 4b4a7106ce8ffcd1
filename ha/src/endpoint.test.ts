import { strict as assert } from 'node:assert';
import { parseEndpoint } from './endpoint.js';

describe('an endpoint', () => {
  for (const [text, address, port] of [
    [':80', '', 80],
    ['*:80', '', 80],
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['[::1]:0', '::1', 0],
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
    'web:80',
    '127.0.0.1:80\nbind :81',
  ]) {
    it(`is not read from ${JSON.stringify(text)}`, () => assert.equal(parseEndpoint(text), null));
  }
});
