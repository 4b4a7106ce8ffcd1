import { strict as assert } from 'node:assert';
import { parseConsulAddress } from './address.js';

describe('consul address', () => {
  const shown = (text: string) => parseConsulAddress(text).text;

  it('takes host:port, a URL, IPv6 and a host alone', () => {
    assert.equal(shown('10.0.0.5:8501'), 'http://10.0.0.5:8501');
    assert.equal(shown('https://consul.internal:8501/'), 'https://consul.internal:8501');
    assert.equal(shown('consul'), 'http://consul:8500');
    assert.deepEqual(parseConsulAddress('http://[::1]:9000'), {
      secure: false,
      host: '::1',
      port: 9000,
      text: 'http://[::1]:9000',
    });
  });

  it('keeps a port that is the default of its scheme', () => {
    assert.equal(parseConsulAddress('http://consul:80').port, 80);
    assert.equal(parseConsulAddress('https://consul:443').port, 443);
  });

  it('refuses what no call would use, and shows no password', () => {
    for (const text of ['', 'unix:///run/consul', 'http://a/b', 'http://a?x=1', 'host:99999', 'two words']) {
      assert.throws(() => parseConsulAddress(text), { code: 'config-invalid' }, text);
    }
    assert.throws(() => parseConsulAddress('http://user:secret@consul:8500'), /\*\*\*@consul/);
  });
});
