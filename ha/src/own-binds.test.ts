import { strict as assert } from 'node:assert';
import { readHaConfig } from './config.js';
import { withOwnAddresses } from './own-binds.js';

const BASE = { REGISTRY_DIR: '/registry', RUN_DIR: '/run/muster' };
const ADDRESSES: Readonly<Record<string, string>> = {
  'ha.admin': '172.18.0.2',
  'ha.apps': '172.19.0.2',
  six: 'fd00::2',
};

const options = {
  resolve: async (name: string) => ['10.0.0.1', ADDRESSES[name] ?? assert.fail(name)],
  own: () => Object.values(ADDRESSES),
};

const read = (env: Readonly<Record<string, string>>) => withOwnAddresses(readHaConfig({ ...BASE, ...env }), options);

describe('binds by name', () => {
  it('become the addresses of this machine that they stand for', async () => {
    const config = await read({
      BIND: 'ha.apps:80,:81,six:82',
      STATS_BIND: 'ha.admin:1936',
      API_BIND: 'ha.admin:7380',
    });
    assert.deepEqual(config.binds, ['172.19.0.2:80', ':81', '[fd00::2]:82']);
    assert.equal(config.statsBind, '172.18.0.2:1936');
    assert.deepEqual(config.apiBind, { address: '172.18.0.2', port: 7380 });
    assert.ok(Object.isFrozen(config));
  });

  it('leave literals as they are, without a look-up', async () => {
    const env = { BIND: '*:80,[::1]:81', STATS_BIND: '127.0.0.1:1', API_BIND: '127.0.0.1:2' };
    const { binds, statsBind, apiBind } = await read(env);
    assert.deepEqual([binds, statsBind], [['*:80', '[::1]:81'], '127.0.0.1:1']);
    assert.deepEqual(apiBind, { address: '127.0.0.1', port: 2 });
  });

  it('let the API be called by the name and the address that it listens on, and by no other', async () => {
    const named = await read({ API_BIND: 'ha.admin:7380', API_HOSTS: 'muster.example' });
    assert.deepEqual(named.apiHosts, ['muster.example', 'ha.admin', '172.18.0.2']);
    assert.deepEqual((await read({ API_BIND: '172.18.0.2:7380' })).apiHosts, ['172.18.0.2']);
    assert.deepEqual((await read({ API_BIND: '0.0.0.0:7380' })).apiHosts, []);
  });

  it('are refused when they are of another machine', async () => {
    const elsewhere = { ...options, own: () => ['127.0.0.1'], deadlineMs: 1 };
    const config = readHaConfig({ ...BASE, STATS_BIND: 'ha.admin:1936' });
    await assert.rejects(withOwnAddresses(config, elsewhere), {
      code: 'config-invalid',
      message: /^STATS_BIND: ha\.admin resolves to 10\.0\.0\.1, 172\.18\.0\.2/,
    });
  });
});
